<?php
return fn (PDO $db) => $db->exec('CREATE TABLE IF NOT EXISTS notes (id INT PRIMARY KEY)');
