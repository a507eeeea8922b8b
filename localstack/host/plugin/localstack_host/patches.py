"""What LocalStack would fetch over plain HTTP at run time is taken from disk instead (setup.sh put it there).

Each patch replaces one named method of localstack-core 4.14.0; the version is pinned in requirements.txt.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from functools import cache, lru_cache
from pathlib import Path


def host_home() -> Path:
    return Path(os.environ["LOCALSTACK_HOST_HOME"])


@cache
def java_home() -> str:
    """JAVA_HOME, or the home that the `java` on PATH reports."""
    if home := os.environ.get("JAVA_HOME"):
        return home
    java = shutil.which("java")
    if not java:
        raise RuntimeError("DynamoDB Local needs Java 17 or newer: none on PATH and no JAVA_HOME")
    out = subprocess.run(
        [java, "-XshowSettings:properties", "-version"], capture_output=True, text=True
    ).stderr
    for line in out.splitlines():
        key, _, value = line.strip().partition(" = ")
        if key == "java.home":
            return value
    raise RuntimeError("Could not find out the home of the java on PATH")


def _ends_with_parent() -> list[str]:
    """Put before a command: without it, a LocalStack that is killed outright would leave the process behind."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL"] if setpriv else []


def apply() -> None:
    _patch_dynamodb()
    _patch_kinesis()
    _patch_jsonata()
    _patch_downloads()
    _patch_catalog()
    _patch_jsonpath()
    _patch_task_clients()
    _patch_s3_hostname()
    _patch_s3_folder()
    _patch_listen()


def _patch_dynamodb() -> None:
    from localstack.services.dynamodb import packages, server

    def install(self, target=None):
        if not list((host_home() / "dynamodb").glob("DynamoDBLocal-*.jar")):
            raise RuntimeError("DynamoDB Local is not installed: run setup.sh")

    def get_java_env_vars(self):
        return {"JAVA_HOME": java_home()}

    def create_shell_command(self):
        jars = host_home() / "dynamodb"
        command = [
            *_ends_with_parent(),
            f"{java_home()}/bin/java",
            f"-Xmx{self.heap_size}",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xshare:auto",
            f"-Djava.library.path={jars}",
            f"-Djava.io.tmpdir={tempfile.gettempdir()}",
            "-cp",
            f"{jars}/*",
            "com.amazonaws.services.dynamodbv2.local.main.ServerRunner",
            "-port",
            str(self.port),
            "-disableTelemetry",
        ]
        command += ["-dbPath", self.db_path] if self.db_path else ["-inMemory"]
        if self.delay_transient_statuses:
            command.append("-delayTransientStatuses")
        if self.optimize_db_before_startup:
            command.append("-optimizeDbBeforeStartup")
        if self.share_db:
            command.append("-sharedDb")
        return command

    packages.DynamoDBLocalPackageInstaller.install = install
    packages.DynamoDBLocalPackageInstaller.get_java_env_vars = get_java_env_vars
    server.DynamodbServer._create_shell_command = create_shell_command


def _patch_kinesis() -> None:
    from localstack.services.kinesis.kinesis_mock_server import KinesisMockNodeServer

    original = KinesisMockNodeServer._create_shell_command

    def create_shell_command(self):
        command, env = original(self)
        return [*_ends_with_parent(), *command], env

    KinesisMockNodeServer._create_shell_command = create_shell_command


def _patch_jsonata() -> None:
    from localstack.services.stepfunctions import packages

    def install(self, target=None):
        if not list((host_home() / "jsonata").glob("jsonata-*.jar")):
            raise RuntimeError("The JSONata jars are not installed: run setup.sh")

    packages.JSONataPackageInstaller.install = install
    packages.JSONataPackageInstaller.get_installed_dir = lambda self: str(host_home() / "jsonata")
    packages.JSONataPackageInstaller.get_java_home = lambda self: java_home()


def _patch_downloads() -> None:
    """Any other installer fails at once, by name, instead of waiting for a network that may not be there."""
    from localstack.packages import api

    original = api.PackageInstaller.install

    def install(self, target=None):
        if not self.is_installed():
            raise api.PackageException(
                f"{self.name} {self.version} is not available in host mode (LocalStack would download it)"
            )
        return original(self, target)

    api.PackageInstaller.install = install


def _patch_catalog() -> None:
    """For the wording of errors, and to know which CloudFormation resource types it has, LocalStack asks its platform
    on the network. It knows the latter by itself."""
    from localstack.utils.catalog import catalog
    from localstack.utils.catalog.common import (
        CloudFormationResourcesSupportAtRuntime,
        CloudFormationResourcesSupportInLatest,
    )

    remote = catalog.AwsCatalogRemoteStatePlugin

    def init(self, remote_catalog_loader=None):
        self.cfn_resources_at_runtime = self._get_cfn_resources_available_at_runtime()

    def get_cloudformation_resource_status(self, resource_name, service_name, is_pro_resource=False):
        if resource_name in self.cfn_resources_at_runtime:
            return CloudFormationResourcesSupportAtRuntime.AVAILABLE
        return CloudFormationResourcesSupportInLatest.NOT_SUPPORTED

    remote.__init__ = init
    remote.get_aws_service_status = catalog.AwsCatalogRuntimePlugin.get_aws_service_status
    remote.get_cloudformation_resource_status = get_cloudformation_resource_status


def _patch_jsonpath() -> None:
    """Speed only. Step Functions parses each JSONPath again at each use, and jsonpath_ng makes the tables of its
    grammar anew for each parse, some 15 ms of computing. A parsed path holds no state, so one per text is enough."""
    from localstack.services.stepfunctions.asl.component.common.path import result_path
    from localstack.services.stepfunctions.asl.utils import json_path

    for module in (json_path, result_path):
        module.parse = lru_cache(maxsize=4096)(module.parse)


def _patch_task_clients() -> None:
    """Speed only. For each task Step Functions assumes the role of the state machine and makes a new client, some 20 ms.
    The client of a role is kept for ten minutes instead."""
    from localstack.services.stepfunctions.asl.utils import boto_client

    original = boto_client.boto_client_for

    @lru_cache(maxsize=1024)
    def client(service, region, role_arn, period):
        return original(service, region, StateCredentials(role_arn))

    def boto_client_for(service, region, state_credentials):
        return client(service, region, state_credentials.role_arn, int(time.monotonic() // 600))

    StateCredentials = boto_client.StateCredentials
    for name, module in list(sys.modules.items()):
        if name.startswith("localstack.services.stepfunctions") and hasattr(module, "boto_client_for"):
            module.boto_client_for = boto_client_for


def _patch_s3_hostname() -> None:
    """LocalStack's own S3 clients look up s3.<LOCALSTACK_HOST> before they fall back to localhost."""
    from localstack.utils.aws import aws_stack

    aws_stack.CACHE_S3_HOSTNAME_DNS_STATUS = False


def _patch_s3_folder() -> None:
    """LocalStack keeps all objects below /tmp/localstack-s3-storage, and takes a bucket's folder away when it stops: another
    instance of the same machine would lose its objects."""
    from localstack.services.s3.storage.ephemeral import EphemeralS3ObjectStore

    original = EphemeralS3ObjectStore.__init__

    def init(self, root_directory=None):
        original(self, os.path.join(tempfile.gettempdir(), "s3"))

    EphemeralS3ObjectStore.__init__ = init


def _patch_listen() -> None:
    """LocalStack takes only the port of GATEWAY_LISTEN, and goes on when it cannot have it. Here it listens on the
    address as well, and ends."""
    from localstack import config
    from localstack.runtime.server import twisted as server

    real = server.endpoints

    class Endpoints:
        TCP6ServerEndpoint = real.TCP6ServerEndpoint

        @staticmethod
        def TCP4ServerEndpoint(reactor, port):
            host = next(listen.host for listen in config.GATEWAY_LISTEN if listen.port == port)
            endpoint = real.TCP4ServerEndpoint(reactor, port, interface=host)
            listen = endpoint.listen

            def failed(failure):
                print(f"localstack-host: {failure.getErrorMessage()}", flush=True)
                os._exit(1)

            endpoint.listen = lambda factory: listen(factory).addErrback(failed)
            return endpoint

    server.endpoints = Endpoints
