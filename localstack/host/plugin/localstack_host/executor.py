"""A LocalStack Lambda runtime executor that runs each execution environment as a local process.

LocalStack's own executor starts a container whose init speaks HTTP with the gateway. Here there is no container: the
process inherits one end of a socket pair (its number is in LOCALSTACK_HOST_CONTROL_FD) and both sides exchange one JSON
object per line on it.

    child  -> parent   {"t": "ready"}                                  initialised, waits for work
                       {"t": "initerror", "payload": "<json text>"}    the module or handler could not be loaded
                       {"t": "log", "d": "text"}                       output of the function, in order
                       {"t": "result", "id": ..., "payload": "<json text>"}
                       {"t": "error",  "id": ..., "payload": "<json text>", "fatal": true if it ends with this}
    parent -> child    {"t": "invoke", "id", "arn", "payload", "trace", "deadline"}

A closed socket means that the other side is gone: the child then exits, the parent reports Runtime.ExitError.
One executor serves one invocation at a time; LocalStack starts further executors for concurrent ones.
"""

import json
import logging
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from localstack import config
from localstack.aws.api.lambda_ import PackageType
from localstack.services.lambda_.invocation.executor_endpoint import (
    NAMESPACE,
    StatusErrorException,
)
from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localstack.services.lambda_.invocation.runtime_executor import (
    LambdaRuntimeException,
    RuntimeExecutor,
)

LOG = logging.getLogger(__name__)

BOOTSTRAP_DIR = Path(__file__).parent / "bootstrap"
# How much longer than the function's timeout the parent waits before it kills the process.
TIMEOUT_GRACE_SEC = 0.05
STOP_GRACE_SEC = 0.1
MAX_RESPONSE_BYTES = config.LAMBDA_LIMITS_MAX_FUNCTION_PAYLOAD_SIZE_BYTES or 6_291_556

_live: "set[ProcessRuntimeExecutor]" = set()
_live_lock = threading.Lock()


def stop_all() -> None:
    with _live_lock:
        executors = list(_live)
    for executor in executors:
        try:
            executor.stop(at_once=True)
        except Exception as e:
            LOG.debug("Could not stop executor %s: %s", executor.id, e)


def _error_payload(error_type: str, message: str, trace: list[str] | None = None) -> bytes:
    payload = {"errorType": error_type, "errorMessage": message}
    if trace is not None:
        payload["trace"] = trace
    return json.dumps(payload).encode()


def _node_binary(runtime: str) -> str:
    """LOCALSTACK_HOST_NODE_22 (for nodejs22.x), else LOCALSTACK_HOST_NODE, else `node` from PATH."""
    major = re.match(r"nodejs(\d+)", runtime).group(1)
    found = (
        os.environ.get(f"LOCALSTACK_HOST_NODE_{major}")
        or os.environ.get("LOCALSTACK_HOST_NODE")
        or shutil.which("node")
    )
    if not found:
        raise LambdaRuntimeException("No node executable: put one on PATH or set LOCALSTACK_HOST_NODE")
    return found


class ProcessRuntimeExecutor(RuntimeExecutor):
    def __init__(self, id: str, function_version: FunctionVersion) -> None:
        super().__init__(id=id, function_version=function_version)
        self.process: subprocess.Popen | None = None
        self.sock: socket.socket | None = None
        self.buffer = b""
        self.env_vars: dict[str, str] = {}
        self.stopped = False
        self.init_ms: float | None = None
        self.init_logs = ""
        self.history: list[str] = []
        self.workdir: Path | None = None
        self.raw_log: Path | None = None
        self.raw_log_offset = 0
        self._spawn_lock = threading.Lock()
        self._idle = threading.Event()
        self._idle.set()

    # --- life cycle -------------------------------------------------------------------------------------------------

    def start(self, env_vars: dict[str, str]) -> None:
        self.env_vars = {key: str(value) for key, value in env_vars.items()}
        with _live_lock:
            _live.add(self)
        self.workdir = Path(tempfile.mkdtemp(prefix=f"lambda-{self.id[:8]}-"))
        self._spawn()

    def _command(self) -> list[str]:
        version_config = self.function_version.config
        runtime = version_config.runtime or ""
        if version_config.package_type != PackageType.Zip:
            raise LambdaRuntimeException("Container image functions cannot run without Docker")
        if runtime.startswith("nodejs"):
            # The same rule of thumb as the managed runtime: the heap may use nearly all of the memory.
            heap = max(64, int(version_config.memory_size * 0.9))
            return [
                _node_binary(runtime),
                f"--max-old-space-size={heap}",
                str(BOOTSTRAP_DIR / "bootstrap.mjs"),
            ]
        if runtime.startswith("python"):
            return [sys.executable, "-u", str(BOOTSTRAP_DIR / "bootstrap.py")]
        raise LambdaRuntimeException(f"Runtime {runtime!r} is not supported by the process executor")

    def _environment(self, code: str) -> dict[str, str]:
        env = {
            "PATH": os.environ.get("PATH", "/usr/local/bin:/usr/bin:/bin"),
            "HOME": str(self.workdir),
            "LANG": "en_US.UTF-8",
            "TMPDIR": str(self.workdir),
        }
        env.update(self.env_vars)
        env["LAMBDA_TASK_ROOT"] = code
        env["LAMBDA_RUNTIME_DIR"] = str(BOOTSTRAP_DIR)
        # CommonJS finds the SDK that the managed runtime provides here; ES modules find it in the node_modules folder
        # above the unzipped code (see start.sh).
        sdk = os.environ.get("LOCALSTACK_HOST_SDK")
        if sdk:
            own = env.get("NODE_PATH")
            env["NODE_PATH"] = f"{own}:{sdk}" if own else sdk
        return env

    def _spawn(self) -> None:
        with self._spawn_lock:
            if self.stopped:
                raise LambdaRuntimeException("The executor was stopped")
            started = time.perf_counter()
            code = str(self.function_version.config.code.get_unzipped_code_location())
            command = self._command()
            parent_end, child_end = socket.socketpair()
            # One file per process: output that does not go through the bootstrap (a grandchild, a native crash).
            self.raw_log = self.workdir / f"output-{time.monotonic_ns()}.log"
            self.raw_log_offset = 0
            try:
                with open(self.raw_log, "wb") as out, open(os.devnull, "rb") as null:
                    self.process = _popen(command, self._environment(code), code, child_end, out, null)
            except BaseException:
                parent_end.close()
                raise
            finally:
                child_end.close()
            self.sock = parent_end
            self.buffer = b""
        logs: list[str] = []
        # LocalStack's own timer ends a start that takes too long: it calls stop(), which closes the socket.
        message = self._receive(logs, None)
        self.init_logs = "".join(logs)
        self.init_ms = (time.perf_counter() - started) * 1000
        if message is None:
            self.init_logs += self._raw_output()
            self.history.append(self.init_logs)
            status = self._reap()
            raise StatusErrorException(
                "Environment startup failed",
                payload=_error_payload(
                    "Runtime.ExitError", f"Runtime exited {_exit_text(status)} during initialisation"
                ),
            )
        if message["t"] == "initerror":
            self.init_logs += self._raw_output()
            self.history.append(self.init_logs + message["payload"])
            self._kill()
            raise StatusErrorException("Environment startup failed", payload=message["payload"].encode())

    def stop(self, at_once: bool = False) -> None:
        """Ends the environment. As on AWS, an update of the function lets an invocation that runs come to its end."""
        if not at_once:
            limit = self.function_version.config.timeout + TIMEOUT_GRACE_SEC
            self._idle.wait(limit)
            # LocalStack may have given it an invocation that is on its way here.
            time.sleep(STOP_GRACE_SEC)
            self._idle.wait(limit)
        self.stopped = True
        with _live_lock:
            _live.discard(self)
        self._kill()
        if self.workdir:
            shutil.rmtree(self.workdir, ignore_errors=True)

    def _kill(self) -> None:
        """Ends the process and what it started (its whole process group)."""
        process, sock = self.process, self.sock
        if process is not None:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass
            self._reap()
        if sock is not None:
            # shutdown wakes a thread that waits in recv; close alone would not.
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _reap(self) -> int | None:
        if self.process is None:
            return None
        try:
            return self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return None

    # --- addresses: nothing in this executor needs them, functions see them in their environment ---------------------

    def get_address(self) -> str:
        return "127.0.0.1"

    def get_endpoint_from_executor(self) -> str:
        return config.HOSTNAME_FROM_LAMBDA or "127.0.0.1"

    def get_runtime_endpoint(self) -> str:
        port = config.GATEWAY_LISTEN[0].port
        return f"http://{self.get_endpoint_from_executor()}:{port}{NAMESPACE}/{self.id}"

    # --- invocations ------------------------------------------------------------------------------------------------

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        self._idle.clear()
        try:
            return self._invoke(payload)
        finally:
            self._idle.set()

    def _invoke(self, payload: dict[str, str]) -> InvocationResult:
        request_id = payload["invoke-id"]
        timeout = self.function_version.config.timeout
        memory = self.function_version.config.memory_size
        logs: list[str] = []
        cold_ms = None
        # A process that died in the last invocation (timeout, crash, process.exit) is replaced, as on AWS, inside
        # the same execution environment.
        if self.process is None or self.process.poll() is not None:
            try:
                self._spawn()
            except StatusErrorException as e:
                return InvocationResult(request_id, e.payload, is_error=True, logs=self.init_logs)
        if self.init_ms is not None:
            cold_ms, self.init_ms = self.init_ms, None
            logs.append(self.init_logs)
            self.init_logs = ""
        version = self.function_version.id.qualifier
        logs.append(f"START RequestId: {request_id} Version: {version}\n")
        started = time.perf_counter()
        deadline = time.time() + timeout
        line = json.dumps(
            {
                "t": "invoke",
                "id": request_id,
                "arn": payload["invoked-function-arn"],
                "payload": payload["payload"],
                "trace": payload["trace-id"],
                "deadline": int(deadline * 1000),
            }
        )
        timed_out = False
        message = None
        try:
            self.sock.settimeout(timeout + TIMEOUT_GRACE_SEC)
            self.sock.sendall(line.encode() + b"\n")
            message = self._receive(logs, started + timeout + TIMEOUT_GRACE_SEC, request_id)
        except TimeoutError:
            timed_out = True
        except OSError as e:
            LOG.debug("Executor %s lost its process: %s", self.id, e)
        milliseconds = (time.perf_counter() - started) * 1000

        if timed_out:
            peak = self._peak_memory_mb()
            self._kill()
            text = f"RequestId: {request_id} Error: Task timed out after {timeout:.2f} seconds"
            logs.append(self._raw_output())
            logs.append(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {request_id} Task timed out after {timeout:.2f} seconds\n\n")
            body, is_error = _error_payload("Sandbox.Timedout", text), True
        elif message is None:
            status = self._reap()
            peak = 0
            text = f"RequestId: {request_id} Error: Runtime exited {_exit_text(status)}"
            logs.append(self._raw_output())
            logs.append(f"{text}\nRuntime.ExitError\n")
            body, is_error = _error_payload("Runtime.ExitError", text), True
        else:
            peak = self._peak_memory_mb()
            if message.get("fatal"):
                # It is on its way out: the next invocation must not meet it.
                self._kill()
            logs.append(self._raw_output())
            body, is_error = message["payload"].encode(), message["t"] == "error"
            if len(body) > MAX_RESPONSE_BYTES:
                body = _error_payload(
                    "Function.ResponseSizeTooLarge",
                    f"Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes).",
                )
                is_error = True

        logs.append(f"END RequestId: {request_id}\n")
        report = (
            f"REPORT RequestId: {request_id}\tDuration: {milliseconds:.2f} ms\t"
            f"Billed Duration: {int(milliseconds) + 1} ms\tMemory Size: {memory} MB\tMax Memory Used: {peak} MB"
        )
        if cold_ms is not None:
            report += f"\tInit Duration: {cold_ms:.2f} ms"
        logs.append(report + "\n")
        text = "".join(logs)
        self.history = (self.history + [text])[-20:]
        return InvocationResult(request_id, body, is_error=is_error, logs=text)

    def _receive(self, logs: list[str], until: float | None, request_id: str | None = None) -> dict | None:
        """The next message that is not a log line; None when the process is gone. Raises TimeoutError."""
        sock = self.sock
        while True:
            while b"\n" in self.buffer:
                line, self.buffer = self.buffer.split(b"\n", 1)
                message = json.loads(line)
                if message["t"] == "log":
                    logs.append(message["d"])
                elif message["t"] in ("result", "error") and message.get("id") != request_id:
                    LOG.debug("Late answer of an earlier invocation dropped: %s", message.get("id"))
                else:
                    return message
            if until is None:
                sock.settimeout(None)
            else:
                left = until - time.perf_counter()
                if left <= 0:
                    raise TimeoutError()
                sock.settimeout(left)
            chunks = sock.recv(1 << 20)
            if not chunks:
                return None
            self.buffer += chunks

    def _raw_output(self) -> str:
        try:
            if self.raw_log.stat().st_size <= self.raw_log_offset:
                return ""
            with open(self.raw_log, "rb") as f:
                f.seek(self.raw_log_offset)
                data = f.read()
            self.raw_log_offset += len(data)
            text = data.decode("utf-8", "replace")
            return text if text.endswith("\n") else text + "\n"
        except (OSError, AttributeError):
            return ""

    def _peak_memory_mb(self) -> int:
        try:
            for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) // 1024
        except (OSError, AttributeError, ValueError):
            pass
        return 0

    def get_logs(self) -> str:
        return "".join(self.history) + self._raw_output()

    # --- versions ---------------------------------------------------------------------------------------------------

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        if function_version.config.code:
            function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        pass

    @classmethod
    def validate_environment(cls) -> bool:
        return True


def _popen(command, env, cwd, child_end, out, null) -> subprocess.Popen:
    fd = child_end.fileno()  # keeps its number in the child
    env = {**env, "LOCALSTACK_HOST_CONTROL_FD": str(fd)}
    return subprocess.Popen(
        command,
        env=env,
        cwd=cwd,
        stdin=null,
        stdout=out,
        stderr=subprocess.STDOUT,
        pass_fds=(fd,),
        start_new_session=True,
    )


def _exit_text(status: int | None) -> str:
    if status is None:
        return "with error: unknown"
    if status < 0:
        names = {
            signal.SIGKILL: "killed",
            signal.SIGTERM: "terminated",
            signal.SIGABRT: "aborted",
            signal.SIGSEGV: "segmentation fault",
        }
        return f"with error: signal: {names.get(-status, -status)}"
    if status == 0:
        return "without providing a reason"
    return f"with error: exit status {status}"
