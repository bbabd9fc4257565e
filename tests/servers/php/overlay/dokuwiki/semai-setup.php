<?php
// Run as `migrate`: makes the first account and closes the wiki to strangers; does nothing when there is an account.
if (PHP_SAPI !== 'cli') {
    exit;
}
$conf = __DIR__ . '/conf';
if (file_exists("$conf/local.php")) {
    exit(0);
}
$title = var_export(getenv('SITE_TITLE') ?: 'Wiki', true);
$hash = password_hash(getenv('ADMIN_PASSWORD'), PASSWORD_BCRYPT);
file_put_contents("$conf/users.auth.php", "admin:$hash:Admin:" . getenv('ADMIN_EMAIL') . ":admin,user\n");
file_put_contents("$conf/acl.auth.php", "*\t@ALL\t1\n*\t@user\t8\n");
file_put_contents(
    "$conf/local.php",
    "<?php\n\$conf['title'] = $title;\n\$conf['useacl'] = 1;\n\$conf['superuser'] = '@admin';\n"
    . "\$conf['passcrypt'] = 'bcrypt';\n\$conf['disableactions'] = 'register';\n\$conf['updatecheck'] = 0;\n"
);
echo "wiki is set up\n";
