<?php
defined('BASEPATH') or exit('No direct script access allowed');
$config['base_url'] = getenv('SEMAI_BASE_URL');
$config['cache_path'] = APPPATH . 'cache/';
