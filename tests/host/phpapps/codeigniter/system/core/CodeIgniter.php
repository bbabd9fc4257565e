<?php
defined('BASEPATH') or exit('No direct script access allowed');
require APPPATH . 'config/config.php';
require APPPATH . 'config/database.php';
mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
$link = new mysqli($db['default']['hostname'], $db['default']['username'], $db['default']['password'],
    $db['default']['database'], 0, $db['default']['socket'] ?? null);
$link->set_charset($db['default']['char_set']);
$words = array_values(array_filter(explode('/', $_SERVER['PATH_INFO'] ?: '/surat')));
$name = ucfirst(preg_replace('/[^a-z]/', '', $words[0] ?? 'surat'));
$file = APPPATH . "controllers/$name.php";
if (!is_file($file)) {
    http_response_code(404);
    exit('<h1>404 Page Not Found</h1>');
}
require $file;
file_put_contents(APPPATH . 'logs/log-' . date('Y-m-d') . '.php', "INFO $name\n", FILE_APPEND);
(new $name($link, $config))->{$words[1] ?? 'index'}($words[2] ?? null);
