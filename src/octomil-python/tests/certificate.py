"""A certificate of 127.0.0.1 that nobody trusts but who is told to."""

from __future__ import annotations

import os
import ssl
import subprocess
from typing import Tuple


def make(folder: str) -> Tuple[ssl.SSLContext, ssl.SSLContext]:
    """What a server serves with, and what a client trusts it with."""
    key, certificate = os.path.join(folder, "key"), os.path.join(folder, "certificate")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2"]
    made = subprocess.run([*command, "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"], capture_output=True, check=False)
    assert made.returncode == 0, made.stderr
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate, key)
    return serving, ssl.create_default_context(cafile=certificate)
