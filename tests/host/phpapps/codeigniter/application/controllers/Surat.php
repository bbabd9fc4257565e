<?php
class Surat
{
    public function __construct(private mysqli $db, private array $config)
    {
    }

    public function index(): void
    {
        $rows = $this->db->query('SELECT nomor FROM surat ORDER BY id')->fetch_all();
        file_put_contents($this->config['cache_path'] . 'index.html', implode(' ', array_column($rows, 0)));
        echo '<title>Agenda Surat</title><a href="', $this->config['base_url'], '">', implode(' ', array_column($rows, 0)), '</a>';
    }

    public function tambah(?string $nomor): void
    {
        $query = $this->db->prepare('INSERT INTO surat (nomor) VALUES (?)');
        $query->execute([$nomor]);
        echo $query->insert_id;
    }
}
