"""The host tool: everything that must not stop half-way, journalled and fsynced on the host itself.

Standard library only, Python 3.9+. Only relative imports, so that Ansible can ship `state` to a bare host.
README.md beside this file has the verbs, the request, the state and the files on disk.
"""

__version__ = "2026.11.0"
