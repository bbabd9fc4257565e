<?php
class Application
{
    private array $env = [];
    private ?PDO $db = null;

    public function __construct(private string $base)
    {
        foreach (file($base . '/.env', FILE_IGNORE_NEW_LINES) as $line) {
            if (preg_match('/^([A-Z_]+)="?(.*?)"?$/', $line, $found)) {
                $this->env[$found[1]] = $found[2];
            }
        }
    }

    public function env(string $name): string
    {
        return getenv($name) !== false ? getenv($name) : ($this->env[$name] ?? '');
    }

    public function db(): PDO
    {
        $dsn = 'mysql:unix_socket=' . $this->env('DB_SOCKET') . ';dbname=' . $this->env('DB_DATABASE') . ';charset=utf8mb4';
        $options = [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION];
        return $this->db ??= new PDO($dsn, $this->env('DB_USERNAME'), $this->env('DATABASE_PASSWORD'), $options);
    }

    public function command(array $words): int
    {
        file_put_contents($this->base . '/storage/logs/laravel.log', implode(' ', $words) . "\n", FILE_APPEND);
        match ($words[0] ?? '') {
            'migrate' => $this->migrate(),
            'db:seed' => $this->db()->exec("INSERT INTO users (name) VALUES ('admin')"),
            'config:cache' => file_put_contents($this->base . '/bootstrap/cache/config.php', '<?php return ' . var_export($this->env, true) . ';'),
            'schedule:run' => $this->db()->exec("INSERT INTO done (what) VALUES ('schedule')"),
            'queue:work' => $this->work(),
            'config:show' => print(json_encode(['cwd' => getcwd(), 'memory' => ini_get('memory_limit'), 'ini' => php_ini_loaded_file(),
                'php' => PHP_VERSION, 'user' => posix_getpwuid(posix_geteuid())['name'], 'groups' => posix_getgroups()])),
            default => throw new InvalidArgumentException('no command ' . ($words[0] ?? '')),
        };
        return 0;
    }

    private function migrate(): void
    {
        $this->db()->exec('CREATE TABLE IF NOT EXISTS users (id INT PRIMARY KEY AUTO_INCREMENT, name TEXT)');
        $this->db()->exec('CREATE TABLE IF NOT EXISTS jobs (id INT PRIMARY KEY AUTO_INCREMENT, payload TEXT)');
        $this->db()->exec('CREATE TABLE IF NOT EXISTS done (id INT PRIMARY KEY AUTO_INCREMENT, what TEXT)');
        foreach (glob($this->base . '/database/*.php') as $file) {
            (require $file)($this->db());
        }
    }

    private function work(): void
    {
        while (true) {
            foreach ($this->db()->query('SELECT id, payload FROM jobs')->fetchAll() as $job) {
                $this->db()->prepare('INSERT INTO done (what) VALUES (?)')->execute([$job['payload']]);
                $this->db()->exec('DELETE FROM jobs WHERE id = ' . (int) $job['id']);
            }
            usleep(200000);
        }
    }

    public function page(string $path): void
    {
        if ($path === '/queue') {
            $this->db()->prepare('INSERT INTO jobs (payload) VALUES (?)')->execute([$_GET['payload']]);
        }
        file_put_contents($this->base . '/storage/framework/views/page.php', 'compiled');
        header('Content-Type: application/json');
        $done = $this->db()->query('SELECT what FROM done')->fetchAll(PDO::FETCH_COLUMN);
        $users = $this->db()->query('SELECT name FROM users')->fetchAll(PDO::FETCH_COLUMN);
        echo json_encode(['name' => $this->env('APP_NAME'), 'url' => $this->env('SEMAI_BASE_URL'), 'done' => $done, 'users' => $users]);
    }
}
