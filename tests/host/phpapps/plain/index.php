<?php
// Plain PHP with PDO, as many small programs of regions are: one file, one configuration, one folder for uploads.
require __DIR__ . '/config.php';

$db = new PDO($config['dsn'], $config['user'], getenv('DATABASE_PASSWORD'), [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
$release = trim(file_get_contents(__DIR__ . '/VERSION'));

function say(array $what, int $status = 200): void
{
    http_response_code($status);
    header('Content-Type: application/json');
    echo json_encode($what);
    exit;
}

if (is_file(__DIR__ . '/BROKEN')) {
    say(['error' => 'broken'], 500);
}
if ($path === '/visit') {
    $db->exec('INSERT INTO visit (note) VALUES (' . $db->quote($_GET['note'] ?? '') . ')');
    say(['id' => (int) $db->lastInsertId()]);
}
if ($path === '/write') {
    $done = @file_put_contents($_GET['to'], 'written by PHP');
    say(['written' => $done !== false]);
}
if ($path === '/read') {
    say(['content' => @file_get_contents($_GET['from'])]);
}
if ($path === '/slow') {
    usleep((int) $_GET['ms'] * 1000);
    say(['release' => $release, 'dir' => __DIR__]);
}
if ($path === '/session') {
    session_start();
    $_SESSION['seen'] = ($_SESSION['seen'] ?? 0) + 1;
    say(['seen' => $_SESSION['seen'], 'temp' => sys_get_temp_dir()]);
}
if ($path === '/settings') {
    error_log('a line for the log of the app');
    say(['env' => getenv(), 'ini' => ini_get_all(null, false), 'user' => posix_getpwuid(posix_geteuid())['name'],
        'post' => strlen(file_get_contents('php://input'))]);
}
if ($path === '/old-address') {
    header('Location: /');
    exit;
}
$columns = $db->query('SHOW COLUMNS FROM visit')->fetchAll(PDO::FETCH_COLUMN);
$notes = $db->query('SELECT note FROM visit ORDER BY id')->fetchAll(PDO::FETCH_COLUMN);
say(['app' => getenv('SEMAI_APP'), 'release' => $release, 'notes' => $notes, 'columns' => $columns,
    'uploads' => array_values(array_diff(scandir(__DIR__ . '/uploads'), ['.', '..'])), 'greeting' => $config['greeting']]);
