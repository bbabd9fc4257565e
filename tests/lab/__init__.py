"""A lab of real Debian machines on this one: systemd as PID 1 under systemd-nspawn, each in its own network.

    with Lab.open() as lab:                        # a bridge, an apt cache, keys
        one, two = lab.machines(2)                 # fresh machines that answer over ssh, in seconds
        one.run("apt-get install -y nginx")        # host key checked, as in production
        one.air_gap(); two.cut_line(); two.power_cut()

Everything a lab makes carries its number: cgroup semai-lab-N, folder /run/semai-lab/N, bridge semailabN, namespaces
semailabN-hM, nft table semai_lab_N, addresses 10.77.N.0/24. So `sweep` can remove it all, whoever made it and died.

A power cut is real: what was not fsynced is gone (see disk.py). What a lab cannot do, as machines share one kernel:
a clock of their own (nobody may set it, chrony stays inactive), sysctl (read-only), swap, loop devices, slow lines
(cut or whole), and on a host with cgroup v1 memory, CPU and task limits: units take them, nothing enforces them.
"""

APT_PORT = 3142  # where a lab's apt cache listens, on the bridge only
