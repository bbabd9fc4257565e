<?php
// What lies in the app: words of the database, letters of the uploads, the form of the data.
require __DIR__ . '/config.php';
require __DIR__ . '/form.php';

$db = new PDO($config['dsn'], $config['user'], getenv('DATABASE_PASSWORD'), [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
$form = form_of($db);
$words = $db->query("SELECT note FROM visit WHERE note LIKE '%-%'")->fetchAll(PDO::FETCH_COLUMN);
// After the words: somebody writes meanwhile, first the letter and then the word.
$letters = array_map(fn ($path) => file_get_contents($path) === basename($path) ? basename($path) : '', glob(__DIR__ . '/uploads/*'));
header('Content-Type: application/json');
echo json_encode([
    'release' => trim(file_get_contents(__DIR__ . '/VERSION')),
    'greeting' => $config['greeting'],
    'schema' => $form,
    'words' => $words,
    'letters' => array_values(array_filter($letters)),
]);
