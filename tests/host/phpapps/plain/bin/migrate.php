<?php
// A release brings the columns it needs; one marked DESTROYS ruins the data first, then fails.
require __DIR__ . '/../config.php';

$db = new PDO($config['dsn'], $config['user'], getenv('DATABASE_PASSWORD'), [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
$release = trim(file_get_contents(__DIR__ . '/../VERSION'));
if ($release !== '1.0') {
    $db->exec('ALTER TABLE visit ADD COLUMN IF NOT EXISTS since TIMESTAMP NULL');
}
if (is_file(__DIR__ . '/../DESTROYS')) {
    $db->exec('DELETE FROM visit');
    $db->exec('DROP VIEW shouted');
    array_map('unlink', glob(__DIR__ . '/../uploads/*'));
    fwrite(STDERR, "half of the migration is missing\n");
    exit(3);
}
echo 'migrated to ', $release, ' with ', ini_get('memory_limit'), ' in ', getcwd(), "\n";
