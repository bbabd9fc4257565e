<?php
$db['default'] = array('hostname' => 'localhost', 'username' => 'root', 'password' => '', 'database' => 'surat_dev');
