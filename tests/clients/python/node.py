"""A node: a process of the real binary with ports and a folder of its own."""

import atexit
import http.client
import itertools
import os
import shutil
import signal
import socket
import subprocess
import tempfile

import check

# Below the ports that the kernel gives to outgoing connections.
FIRST_PORT, PORTS = map(int, os.environ.get("METALMESH_TEST_PORTS", "20000+12000").split("+"))
_ports = itertools.count(1)


class Node:
    """`metalmesh dev` with an HTTP port and a gRPC port on the loopback interface."""

    def __init__(self, *options):
        program = os.environ.get("METALMESH")
        if not program:
            raise check.Failure("METALMESH must name the binary: cargo build, METALMESH=$PWD/target/debug/metalmesh")
        self._folder = tempfile.mkdtemp(prefix="metalmesh-python-")
        self._process = None
        atexit.register(self._remove)
        self._address = _free_address()
        self.url = f"http://{self._address}/metal"
        ports = ["--http", self._address, "--grpc", _free_address()]
        command = [os.path.abspath(program), "dev", "--data-dir", "data", *ports, *options]
        with open(self._log_path(), "wb") as log:
            self._process = subprocess.Popen(
                command,
                cwd=self._folder,
                env={"PATH": os.environ.get("PATH", ""), "RUST_LOG": "info"},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def wait_until_healthy(self):
        """Returns with the first good answer, so that a test sees the hardware boot."""
        check.within("the node answers", self._is_healthy, pause=0.01)

    def log(self):
        """What the process wrote so far."""
        with open(self._log_path(), encoding="utf-8", errors="replace") as log:
            return log.read()

    def stop(self):
        """SIGTERM, and a good end."""
        self._process.send_signal(signal.SIGTERM)
        check.equal(0, self._process.wait(check.PATIENCE), "exit code of the node")

    def _remove(self):
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder)

    def _log_path(self):
        return os.path.join(self._folder, "node.log")

    def _is_healthy(self):
        if self._process.poll() is not None:
            raise check.Failure(f"the node ended with {self._process.returncode}:\n{self.log()}")
        connection = http.client.HTTPConnection(self._address, timeout=check.PATIENCE)
        try:
            connection.request("GET", "/metal/v1/health")
            return connection.getresponse().status == 200
        except ConnectionError:
            return False
        finally:
            connection.close()


def _free_address():
    for _ in range(PORTS):
        port = FIRST_PORT + (os.getpid() * 97 + next(_ports)) % PORTS
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            return f"127.0.0.1:{port}"
    raise check.Failure("no port is free")
