<?php
$app = require __DIR__ . '/../bootstrap/app.php';
$app->page(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH));
