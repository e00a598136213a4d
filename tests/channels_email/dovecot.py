"""A real Dovecot on loopback, with files, ports and a certificate of its own."""

import contextlib
import os
import pwd
import shutil
import signal
import smtplib
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from imapclient import IMAPClient

from omnihub.launcher import process
from tests.channels_email.servers import free_port

PASSWORD = "open-sesame"
PROGRAM = shutil.which("dovecot") or "/usr/sbin/dovecot"

CONFIG = """
base_dir = {root}/run
state_dir = {root}/state
log_path = {root}/log
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <{root}/cert.pem
ssl_key = <{root}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2 oauthbearer
auth_failure_delay = 0
auth_username_format = %Ln
recipient_delimiter = +
mail_location = maildir:{root}/mail/%Ln
mail_fsync = never
maildir_stat_dirs = yes
first_valid_uid = 1
imap_idle_notify_interval = 5 s
mail_max_userip_connections = 50
namespace inbox {{
  inbox = yes
  separator = .
  mailbox Outgone {{
    special_use = \\Sent
  }}
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {root}/oauth2.conf
}}
passdb {{
  driver = static
  mechanisms = plain login
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={root}/home/%Ln allow_all_users=yes
}}
service anvil {{
  client_limit = 500
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
"""


OAUTH2 = """
introspection_mode = post
introspection_url = http://127.0.0.1:{authority_port}/introspect
force_introspection = yes
username_attribute = username
active_attribute = active
active_value = true
"""


@dataclass
class Dovecot:
    root: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="dc-", dir="/tmp")))
    port: int = field(default_factory=free_port)
    tls_port: int = field(default_factory=free_port)

    authority_port: int = field(default_factory=free_port)
    """Where it asks what a token is worth."""

    def start(self) -> None:
        owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        self.root.chmod(0o755)
        for name in ("run", "state", "mail", "home"):
            (self.root / name).mkdir()
        for name in ("mail", "home"):
            os.chown(self.root / name, owner.pw_uid, owner.pw_gid)
        write_certificate(self.root)
        config = CONFIG.format(
            root=self.root,
            port=self.port,
            tls_port=self.tls_port,
            password=PASSWORD,
            uid=owner.pw_uid,
            gid=owner.pw_gid,
        )
        (self.root / "dovecot.conf").write_text(config)
        (self.root / "oauth2.conf").write_text(OAUTH2.format(authority_port=self.authority_port))
        self.process = process.start(
            [PROGRAM, "-F", "-c", self.root / "dovecot.conf"],
            log=self.root / "out/log",  # the launcher keeps the folder of a log to itself
            env=dict(os.environ),
            on_death=signal.SIGTERM,  # a test run that is killed leaves no server behind
        )
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError), self.client("probe"):
                return
            time.sleep(0.05)
        raise RuntimeError((self.root / "out/log").read_text() + self.log())

    def log(self) -> str:
        log = self.root / "log"
        return log.read_text() if log.exists() else ""

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)
        shutil.rmtree(self.root, ignore_errors=True)

    def client(self, user: str) -> IMAPClient:
        client = IMAPClient("127.0.0.1", port=self.port, ssl=False, timeout=10)
        client.login(user, PASSWORD)
        return client

    def deliver(self, user: str, *mails: bytes) -> None:
        """As a mail server does, by LMTP."""
        with smtplib.LMTP(str(self.root / "run/lmtp")) as lmtp:
            for body in mails:
                lmtp.sendmail("sender@client.example", [f"{user}@kalma.example"], body)

    def append(
        self, user: str, *mails: bytes, at: datetime | None = None, folder: str = "INBOX"
    ) -> None:
        """Into a folder as it is, byte for byte; the folder is made where it is missing."""
        with self.client(user) as client:
            if not client.folder_exists(folder):
                client.create_folder(folder)
            for body in mails:
                client.append(folder, body, msg_time=at)

    def change_uidvalidity(self, user: str) -> None:
        """As after a restore: the same mails under new UIDs of a new epoch."""
        folder = self.root / "mail" / user
        first, *_ = (folder / "dovecot-uidlist").read_text().splitlines()
        validity = int(next(w for w in first.split() if w.startswith("V"))[1:]) + 17
        for leftover in folder.glob("dovecot*"):
            leftover.unlink()
        uidlist = folder / "dovecot-uidlist"
        uidlist.write_text(f"3 V{validity} N1 G{'0' * 30}{validity % 100:02d}\n")
        shutil.copystat(folder, uidlist)
        os.chown(uidlist, folder.stat().st_uid, folder.stat().st_gid)
        self._settle(user)

    def _settle(self, user: str) -> None:
        """A process that still saw the old files lets go of the first who looks."""
        for _ in range(3):
            with contextlib.suppress(IMAPClient.AbortError), self.client(user) as client:
                client.select_folder("INBOX", readonly=True)
                return
        raise RuntimeError(self.log())


def write_certificate(folder: Path) -> None:
    """A certificate for localhost that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
