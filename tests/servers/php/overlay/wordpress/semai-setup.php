<?php
// Run as `migrate`: sets up the site the first time, brings the database to this release later.
if (PHP_SAPI !== 'cli') {
    exit;
}
define('WP_INSTALLING', true);
require __DIR__ . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';

if (is_blog_installed()) {
    wp_upgrade();
    echo "database is at ", get_option('db_version'), "\n";
    exit(0);
}
$password = wp_slash(getenv('ADMIN_PASSWORD'));
wp_install(getenv('SITE_TITLE') ?: 'Situs', 'admin', getenv('ADMIN_EMAIL') ?: '', true, '', $password);
update_option('timezone_string', getenv('SITE_TIME_ZONE') ?: 'Asia/Jakarta');
echo "site is set up\n";
