"""Postfix itself (Debian's package), with a folder of its own, on a port of this machine alone.

It relays nothing: mail for `*.example` ends in a folder, or comes back as a delivery report that
Postfix writes itself. Needs root: Postfix gives its own rights away.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

PROGRAM: Final = "/usr/sbin/postfix"
_SECONDS: Final = 30
_MAIN: Final = """
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
myhostname = mail.example
mydestination =
inet_interfaces = loopback-only
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_recipient_restrictions = permit_mynetworks, reject
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_tls_security_level = encrypt
smtpd_tls_cert_file = {folder}/certificate.pem
smtpd_tls_key_file = {folder}/key.pem
smtpd_peername_lookup = no
smtpd_reject_unlisted_recipient = no
disable_dns_lookups = yes
alias_maps =
alias_database =
hear_destination_recipient_limit = 1
transport_maps = inline:{{
    {{gone.example = error:5.1.1 nobody has this address}},
    {{full.example = error:5.2.2 this mailbox is full}},
    {{distrust.example = error:5.7.1 we do not trust you}} }}
default_transport = hear:
"""
_MASTER: Final = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
hear unix - n n - 10 pipe
  flags=DORhu user=nobody argv={folder}/keep ${{recipient}}
"""
_KEEP: Final = '#!/bin/sh\nf="{folder}/box/$$"\ncat > "$f.part" && mv "$f.part" "$f.eml"\n'


@dataclass(frozen=True, slots=True)
class Postfix:
    """A running Postfix; `box` fills with what it delivers."""

    folder: Path
    port: int

    @property
    def box(self) -> Path:
        """Return the folder of what was delivered, reports to return paths among it."""
        return self.folder / "box"

    def mails(self, count: int) -> list[bytes]:
        """Return what was delivered, when there are so many; waits half a minute at most."""
        for _ in range(_SECONDS * 10):
            found = sorted(self.box.glob("*.eml"))
            if len(found) >= count:
                return [one.read_bytes() for one in found]
            time.sleep(0.1)
        raise AssertionError((self.folder / "log").read_text(encoding="utf-8"))


def is_here() -> bool:
    """Tell whether Postfix can be started."""
    return Path(PROGRAM).exists() and os.geteuid() == 0


@contextmanager
def running(certificate: bytes, key: bytes) -> Generator[Postfix]:
    """Run Postfix until the block ends; it is gone then, whatever happened."""
    folder = Path(mkdtemp(prefix="candor-postfix-"))
    folder.chmod(0o755)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    etc = folder / "etc"
    for name in ("etc", "spool", "data", "box"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", "postfix")
    (folder / "box").chmod(0o777)
    (folder / "certificate.pem").write_bytes(certificate)
    (folder / "key.pem").write_bytes(key)
    (etc / "main.cf").write_text(_MAIN.format(folder=folder), encoding="utf-8")
    (etc / "master.cf").write_text(_MASTER.format(folder=folder, port=port), encoding="utf-8")
    (folder / "keep").write_text(_KEEP.format(folder=folder), encoding="utf-8")
    (folder / "keep").chmod(0o755)
    try:
        _postfix(etc, "start")
        yield Postfix(folder, port)
    finally:
        pid = folder / "spool/pid/master.pid"
        master = int(pid.read_text(encoding="utf-8")) if pid.exists() else 0
        with suppress(subprocess.SubprocessError):
            _postfix(etc, "stop")
        if master:
            with suppress(ProcessLookupError):
                os.kill(master, signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)


def _postfix(etc: Path, act: str) -> None:
    subprocess.run(
        [PROGRAM, "-c", str(etc), act], check=True, capture_output=True, timeout=_SECONDS
    )
