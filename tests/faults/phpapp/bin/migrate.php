<?php
// Brings the data to the form of this release.
require __DIR__ . '/../config.php';

$db = new PDO($config['dsn'], $config['user'], getenv('DATABASE_PASSWORD'), [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
$db->exec('CREATE TABLE IF NOT EXISTS form (number INT PRIMARY KEY) ENGINE=InnoDB');
$db->exec('INSERT IGNORE INTO form VALUES (' . (int) file_get_contents(__DIR__ . '/../SCHEMA') . ')');
