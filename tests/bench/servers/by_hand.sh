#!/bin/bash
# What semai is measured against: the same two apps set up by hand, as a careful administrator would script it once.
# Run on a bare Debian as root: by_hand.sh DOMAIN TIMEZONE APP:PORT..., in the folder with wheels/, uv.whl, region.json
# and per app <app>.requirements.txt, <app>.static.tar.gz and <app>.env (everything but what is made here).
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
here=$PWD domain=$1 zone=$2
shift 2
apps=("$@") names=""
for entry in "$@"; do names+=,DNS:${entry%:*}.$domain; done

apt-get -qq update
apt-get -qq install -y --no-install-recommends \
	ca-certificates python3 postgresql nginx nftables openssl restic unattended-upgrades systemd-timesyncd >/dev/null

timedatectl set-timezone "$zone"
install -d /etc/systemd/journald.conf.d
printf '[Journal]\nStorage=persistent\nSystemMaxUse=1000M\n' >/etc/systemd/journald.conf.d/60-size.conf
systemctl restart systemd-journald
printf 'APT::Periodic::Update-Package-Lists "1";\nAPT::Periodic::Unattended-Upgrade "1";\n' >/etc/apt/apt.conf.d/60updates

memory=$(awk '/^MemTotal/ {print int($2 / 4096)}' /proc/meminfo)
for conf in /etc/postgresql/*/main/conf.d; do
	printf 'shared_buffers = %sMB\neffective_cache_size = %sMB\n' "$memory" $((memory * 2)) >"$conf/60-apps.conf"
done
systemctl restart postgresql

cat >/etc/nftables.conf <<-'RULES'
	flush ruleset
	table inet filter {
		chain input {
			type filter hook input priority 0; policy drop;
			ct state established,related accept
			iif lo accept
			meta l4proto { icmp, ipv6-icmp } accept
			tcp dport { 22, 80, 443 } accept
		}
	}
RULES
systemctl enable -q --now nftables

python3 -m zipfile -e uv.whl unpacked
install -m 755 unpacked/*.data/scripts/uv /usr/local/bin/uv

install -d -m 700 /etc/ssl/apps
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 397 -subj "/CN=$domain" \
	-addext "subjectAltName=${names#,}" \
	-keyout /etc/ssl/apps/key.pem -out /etc/ssl/apps/cert.pem 2>/dev/null
rm -f /etc/nginx/sites-enabled/default

for entry in "${apps[@]}"; do
	app=${entry%:*} port=${entry#*:} name=${app//-/_}
	home=/srv/apps/$app user=app-$app
	password=$(openssl rand -hex 16)
	useradd --system --home-dir "$home" --shell /usr/sbin/nologin "$user"
	install -d -m 755 "$home"
	install -d -m 750 -o "$user" -g "$user" "$home/media" "$home/data"

	su postgres -c 'psql -qv ON_ERROR_STOP=1' <<-SQL
		CREATE ROLE $name LOGIN PASSWORD '$password';
		CREATE DATABASE $name OWNER $name;
		REVOKE CONNECT ON DATABASE $name FROM PUBLIC;
	SQL

	UV_OFFLINE=1 uv venv -q --python /usr/bin/python3 "$home/venv"
	UV_OFFLINE=1 uv pip install -q --python "$home/venv/bin/python" --no-index --find-links "$here/wheels" \
		--compile-bytecode --require-hashes --requirements "$here/$app.requirements.txt"
	install -d "$home/static" && tar -xzf "$app.static.tar.gz" -C "$home/static"
	install -m 640 -g "$user" region.json "$home"

	{
		cat "$app.env"
		printf 'SEMAI_BIND=127.0.0.1:%s\nSEMAI_MEDIA=%s/media\nSEMAI_STATIC=%s/static\n' "$port" "$home" "$home"
		printf 'SEMAI_REGION_FILE=%s/region.json\nSEMAI_BASE_URL=https://%s.%s\n' "$home" "$app" "$domain"
		printf 'DATABASE_URL=postgresql://%s@127.0.0.1:5432/%s\nDATABASE_PASSWORD=%s\n' "$name" "$name" "$password"
		printf 'SECRET_KEY=%s\nSEMAI_ADMIN_PASSWORD=%s\n' "$(openssl rand -hex 32)" "$(openssl rand -hex 12)"
	} >"$home/env"
	chown "$user" "$home/env" && chmod 600 "$home/env"

	for verb in migrate ensure-admin; do
		setpriv --reuid="$user" --regid="$user" --init-groups \
			sh -c "set -a; . $home/env; cd $home/data; exec $home/venv/bin/semai-$app $verb" >/dev/null
	done

	cat >"/etc/systemd/system/app-$app.service" <<-UNIT
		[Unit]
		After=network.target postgresql.service
		[Service]
		User=$user
		UMask=0027
		MemoryMax=384M
		EnvironmentFile=$home/env
		WorkingDirectory=$home/data
		ExecStart=$home/venv/bin/semai-$app serve
		Restart=on-failure
		ProtectSystem=strict
		ReadWritePaths=$home/media $home/data
		ProtectHome=yes
		PrivateTmp=yes
		PrivateDevices=yes
		NoNewPrivileges=yes
		CapabilityBoundingSet=
		RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
		SystemCallFilter=@system-service
		[Install]
		WantedBy=multi-user.target
	UNIT

	cat >"/etc/nginx/sites-enabled/$app" <<-SITE
		limit_req_zone \$binary_remote_addr zone=$name:1m rate=20r/m;
		server {
			listen 80;
			server_name $app.$domain;
			return 301 https://\$host\$request_uri;
		}
		server {
			listen 443 ssl http2;
			server_name $app.$domain;
			ssl_certificate /etc/ssl/apps/cert.pem;
			ssl_certificate_key /etc/ssl/apps/key.pem;
			add_header Strict-Transport-Security "max-age=31536000";
			client_max_body_size 25m;
			location /static/ { alias $home/static/; }
			location = /masuk/ {
				limit_req zone=$name burst=10 nodelay;
				proxy_pass http://127.0.0.1:$port;
				proxy_set_header Host \$host;
				proxy_set_header X-Forwarded-For \$remote_addr;
				proxy_set_header X-Forwarded-Proto https;
			}
			location / {
				proxy_pass http://127.0.0.1:$port;
				proxy_set_header Host \$host;
				proxy_set_header X-Forwarded-For \$remote_addr;
				proxy_set_header X-Forwarded-Proto https;
			}
		}
	SITE
done

systemctl daemon-reload
for entry in "${apps[@]}"; do systemctl enable -q --now "app-${entry%:*}"; done
nginx -qt
systemctl enable -q nginx && systemctl restart nginx
for entry in "${apps[@]}"; do
	for _ in $(seq 300); do
		curl_ok=$(python3 - "${entry#*:}" <<-'ASK' || true
			import sys, urllib.request
			print(urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/healthz", timeout=2).status)
		ASK
		) 2>/dev/null
		[ "$curl_ok" = 200 ] && break
		sleep 0.1
	done
	[ "$curl_ok" = 200 ]
done
