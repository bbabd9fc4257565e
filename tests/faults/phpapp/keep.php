<?php
// Keeps a word: as an upload that is on the disk, then as a row; a release older than the data keeps nothing.
require __DIR__ . '/config.php';
require __DIR__ . '/form.php';

$word = $_GET['word'] ?? '';
$db = new PDO($config['dsn'], $config['user'], getenv('DATABASE_PASSWORD'), [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
if (!preg_match('/^[a-z0-9-]{1,40}$/', $word) || form_of($db) > (int) file_get_contents(__DIR__ . '/SCHEMA')) {
    http_response_code(500);
    exit;
}
$file = fopen(__DIR__ . '/uploads/' . $word, 'w');
if (fwrite($file, $word) !== strlen($word) || !fsync($file)) {
    http_response_code(500);
    exit;
}
$db->prepare('INSERT INTO visit (note) VALUES (?)')->execute([$word]);
echo 'kept';
