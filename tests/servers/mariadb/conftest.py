"""Lets tests import what Ansible lays beside its own module_utils on a host."""

import ansible.module_utils

from tests.lab.lab import CHECKOUT

ansible.module_utils.__path__.append(str(CHECKOUT / "installer" / "semai" / "playbooks" / "module_utils"))
ansible.module_utils.__path__.append(str(CHECKOUT / "installer"))  # the host tool's package
