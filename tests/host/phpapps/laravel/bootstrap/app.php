<?php
require_once __DIR__ . '/../app/Application.php';
return new Application(dirname(__DIR__));
