<?php
// The shape of CodeIgniter 3: one front file, application/, system/, configuration as PHP arrays.
define('ENVIRONMENT', 'production');
define('BASEPATH', __DIR__ . '/system/');
define('APPPATH', __DIR__ . '/application/');
require BASEPATH . 'core/CodeIgniter.php';
