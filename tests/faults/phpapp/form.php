<?php
// The form of the data, as the newest release that migrated them numbered it; 0 before there was any.
function form_of(PDO $db): int
{
    if ($db->query("SHOW TABLES LIKE 'form'")->fetch() === false) {
        return 0;
    }
    return (int) $db->query('SELECT MAX(number) FROM form')->fetchColumn();
}
