"""Models of what several resources share: names and values, errors, identities, containers, files."""

from __future__ import annotations

from typing import Optional, Union

from .._codecs import BOOL, STR, array, enum_codec, nested
from .._model import Model, field
from ._enums import (
    AutoUserScope,
    BatchErrorSourceCategory,
    ContainerHostDataPath,
    ContainerWorkingDirectory,
    ElevationLevel,
    OutputFileUploadCondition,
)

__all__ = [
    "AutoUserSpecification",
    "BatchApplicationPackageReference",
    "BatchError",
    "BatchErrorDetail",
    "BatchErrorMessage",
    "BatchMetadataItem",
    "BatchNodeIdentityReference",
    "BatchTaskContainerExecutionInfo",
    "BatchTaskContainerSettings",
    "BatchTaskFailureInfo",
    "ContainerHostBatchBindMountEntry",
    "ContainerRegistryReference",
    "EnvironmentSetting",
    "NameValuePair",
    "OutputFile",
    "OutputFileBlobContainerDestination",
    "OutputFileDestination",
    "OutputFileUploadConfiguration",
    "OutputFileUploadHeader",
    "ResourceFile",
    "UserIdentity",
]


class NameValuePair(Model):
    """A name and a value, as the service puts details into errors."""

    name: Optional[str] = field("name", STR, default=None)
    """What the value is about."""
    value: Optional[str] = field("value", STR, default=None)
    """Text meant for reading; its form is not promised."""


class BatchMetadataItem(Model):
    """A note of the user's own on a pool, a job or a schedule.

    The service stores it and does nothing with it; lists cannot be filtered by it.
    """

    name: str = field("name", STR)
    """Must not be empty."""
    value: str = field("value", STR)
    """Any text, but not a place for secrets: everybody who can read the resource can read it."""


class EnvironmentSetting(Model):
    """An environment variable for a task's process.

    Names that begin with ``AZ_BATCH_`` belong to the service, see
    https://learn.microsoft.com/azure/batch/batch-compute-node-environment-variables.
    """

    name: str = field("name", STR)
    """The variable's name. Linux tells upper case from lower case here, Windows does not."""
    value: Optional[str] = field("value", STR, default=None)
    """What the variable is set to; numbers have to be given as text."""


class BatchErrorDetail(Model):
    """One of the facts that an error comes with, such as the name and the value of a parameter that was refused."""

    key: Optional[str] = field("key", STR, default=None)
    """Tells the facts apart. Common keys are ``Reason``, ``QueryParameterName`` and ``QueryParameterValue``."""
    value: Optional[str] = field("value", STR, default=None)
    """The fact itself."""


class BatchErrorMessage(Model):
    """What an error says to people."""

    lang: Optional[str] = field("lang", STR, default=None)
    """The language of the text, such as ``en-US``."""
    value: Optional[str] = field("value", STR, default=None)
    """The text. The service appends the request's id and the time to it, each on a line of its own."""


class BatchError(Model):
    """Why the service refused a request, or one task in a group of them.

    The codes are listed at https://learn.microsoft.com/rest/api/batchservice/batch-status-and-error-codes.
    """

    code: Optional[str] = field("code", STR, default=None)
    """A word for programs, such as ``TaskExists``; it does not depend on any language."""
    message: Optional[BatchErrorMessage] = field("message", nested(BatchErrorMessage), default=None)
    """A text for people: log it, but decide by ``code``."""
    error_values: Optional[list[BatchErrorDetail]] = field("values", array(nested(BatchErrorDetail)), default=None)
    """Further facts, where there are any. The wire name is ``values``."""


class BatchNodeIdentityReference(Model):
    """A user-assigned managed identity that a node uses in place of a password or a shared access signature.

    The identity has to be among those of the pool: https://learn.microsoft.com/azure/batch/managed-identity-pools.
    """

    resource_id: Optional[str] = field("resourceId", STR, default=None)
    """The identity's full Azure id: ``/subscriptions/.../userAssignedIdentities/NAME``."""


class AutoUserSpecification(Model):
    """The kind of account that the service makes for a task by itself."""

    scope: Optional[Union[str, AutoUserScope]] = field("scope", enum_codec(AutoUserScope), default=None)
    """Whether tasks on a node share the account; ``POOL`` when left out.

    Windows pools whose tasks change what belongs to the account, the registry for one, are safer with ``TASK``.
    """
    elevation_level: Optional[Union[str, ElevationLevel]] = field(
        "elevationLevel", enum_codec(ElevationLevel), default=None
    )
    """The rights of the account; ``NON_ADMIN`` when left out."""


class UserIdentity(Model):
    """The account that a task's process runs under: either a named one or one that the service makes, never both.

    Tasks that say nothing run under an automatic account without administrator's rights. See
    https://learn.microsoft.com/azure/batch/batch-user-accounts.
    """

    username: Optional[str] = field("username", STR, default=None)
    """An entry of the pool's ``user_accounts``. Excludes ``auto_user``."""
    auto_user: Optional[AutoUserSpecification] = field("autoUser", nested(AutoUserSpecification), default=None)
    """An account that the service makes. Excludes ``username``."""


class ContainerRegistryReference(Model):
    """Where container images come from, and how nodes prove that they may have them.

    A public registry needs no proof. A private one takes a user name with a password, or an identity.
    """

    username: Optional[str] = field("username", STR, default=None)
    """The user who logs in to the registry."""
    password: Optional[str] = field("password", STR, default=None, secret=True)
    """The user's password. It is sent, but an answer never contains it."""
    registry_server: Optional[str] = field("registryServer", STR, default=None)
    """The host name of the registry; ``docker.io`` when left out."""
    identity_reference: Optional[BatchNodeIdentityReference] = field(
        "identityReference", nested(BatchNodeIdentityReference), default=None
    )
    """A managed identity in place of user name and password, for Azure Container Registry."""


class ContainerHostBatchBindMountEntry(Model):
    """A directory of the node that a task's container gets to see."""

    source: Optional[Union[str, ContainerHostDataPath]] = field(
        "source", enum_codec(ContainerHostDataPath), default=None
    )
    """Which directory; the same one may be listed twice."""
    is_read_only: Optional[bool] = field("isReadOnly", BOOL, default=None)
    """True to forbid writing. When left out, the container can write to the directory."""


class BatchTaskContainerSettings(Model):
    """The container that a task runs in.

    In a pool with a ``container_configuration`` every job manager task and ordinary task must have it, and start,
    preparation and release tasks may. In any other pool no task may have it. What a command writes outside the
    mounted directories is lost with the container. See
    https://learn.microsoft.com/azure/batch/batch-docker-container-workloads.
    """

    container_run_options: Optional[str] = field("containerRunOptions", STR, default=None)
    """Further options for ``docker create``, put beside those of the service."""
    image_name: str = field("imageName", STR)
    """The image, as ``docker pull`` takes it. Without a tag it means ``:latest``."""
    registry: Optional[ContainerRegistryReference] = field("registry", nested(ContainerRegistryReference), default=None)
    """A private registry to log in to. Not needed if the pool's ``container_configuration`` has it already."""
    working_directory: Optional[Union[str, ContainerWorkingDirectory]] = field(
        "workingDirectory", enum_codec(ContainerWorkingDirectory), default=None
    )
    """The command's current directory; ``TASK_WORKING_DIRECTORY`` when left out."""
    container_host_batch_bind_mounts: Optional[list[ContainerHostBatchBindMountEntry]] = field(
        "containerHostBatchBindMounts", array(nested(ContainerHostBatchBindMountEntry)), default=None
    )
    """The directories of the node to mount.

    When left out, Batch's root directory on the node is mounted as a whole; an empty list mounts nothing.
    """


class BatchTaskContainerExecutionInfo(Model):
    """What the container runtime tells about a task's container."""

    container_id: Optional[str] = field("containerId", STR, default=None)
    """The runtime's id of the container."""
    state: Optional[str] = field("state", STR, default=None)
    """The runtime's word for the container's state, for instance ``exited``."""
    error: Optional[str] = field("error", STR, default=None)
    """The runtime's own message when it failed; None if it had nothing to say."""


class BatchTaskFailureInfo(Model):
    """Why a task failed. A task that succeeded has none."""

    category: Union[str, BatchErrorSourceCategory] = field("category", enum_codec(BatchErrorSourceCategory))
    """Whether the user or the service has to act; see there for how far it can be trusted."""
    code: Optional[str] = field("code", STR, default=None)
    """A word for programs.

    ``FailureExitCode`` stands for an exit code other than 0, ``TaskEnded`` for a task that was terminated or
    overran its time, ``CommandProgramNotFound`` for a missing program, ``BlobAccessDenied`` for a resource file
    that could not be read.
    """
    message: Optional[str] = field("message", STR, default=None)
    """A text for people; its wording can change."""
    details: Optional[list[NameValuePair]] = field("details", array(nested(NameValuePair)), default=None)
    """Further facts, such as the blob or the file that was not found."""


class BatchApplicationPackageReference(Model):
    """A version of an application that has to be on a node.

    Packages are unpacked once per node and version. ``AZ_BATCH_APP_PACKAGE_...`` variables tell where:
    https://learn.microsoft.com/azure/batch/batch-application-packages.
    """

    application_id: str = field("applicationId", STR)
    """On a pool the full Azure id of the application; on a task its name is enough."""
    version: Optional[str] = field("version", STR, default=None)
    """When left out, the application's default version.

    If it has no default version either, making a pool fails with 409 ``InvalidApplicationPackageReferences``,
    whereas a task is accepted and fails when it is about to start.
    """


class ResourceFile(Model):
    """One or many files that are put on the node before a command starts.

    Exactly one source has to be given: ``http_url`` for one file, ``storage_container_url`` or
    ``auto_storage_container_name`` for the blobs of a container. A file that cannot be fetched fails the task
    without a retry. See https://learn.microsoft.com/azure/batch/resource-files.
    """

    auto_storage_container_name: Optional[str] = field("autoStorageContainerName", STR, default=None)
    """A container in the storage account that is linked to the Batch account; no further rights are needed."""
    storage_container_url: Optional[str] = field("storageContainerUrl", STR, default=None)
    """A blob container, which the node must be able to read and to list.

    Append a shared access signature, or set ``identity_reference``, unless the container is public.
    """
    http_url: Optional[str] = field("httpUrl", STR, default=None)
    """The address of one file, over HTTP or HTTPS; for a blob with its signature, unless an identity or the public may
    read.
    """
    blob_prefix: Optional[str] = field("blobPrefix", STR, default=None)
    """Fetches only blobs whose names begin like this; all blobs when left out. Not allowed with ``http_url``."""
    file_path: Optional[str] = field("filePath", STR, default=None)
    """Where to put it, below the task's working directory; ``..`` must not lead out of there. It is required with
    ``http_url`` and names the file; with a container it is optional and names a directory, in which blobs keep the
    directories that are part of their names.
    """
    file_mode: Optional[str] = field("fileMode", STR, default=None)
    """Octal digits as text, ``0770`` when left out. Ignored on Windows nodes."""
    identity_reference: Optional[BatchNodeIdentityReference] = field(
        "identityReference", nested(BatchNodeIdentityReference), default=None
    )
    """A managed identity in place of a shared access signature, for blobs in Azure Storage."""


class OutputFileUploadHeader(Model):
    """A header to set on an uploaded blob, such as its content type."""

    name: str = field("name", STR)
    """A header that Azure Storage takes when a blob is written, such as ``x-ms-blob-content-type``."""
    value: Optional[str] = field("value", STR, default=None)
    """What the header is set to."""


class OutputFileBlobContainerDestination(Model):
    """A blob container to upload to."""

    path: Optional[str] = field("path", STR, default=None)
    """The blob to write if the pattern has no wildcards, by default with the file's own name. With wildcards it is put
    before each blob's name as a virtual directory; when it is left out the blobs go to the top of the container.
    """
    container_url: str = field("containerUrl", STR)
    """The address of the container: with a shared access signature that allows writing, or without one if
    ``identity_reference`` is set.
    """
    identity_reference: Optional[BatchNodeIdentityReference] = field(
        "identityReference", nested(BatchNodeIdentityReference), default=None
    )
    """A managed identity that may write to the container."""
    upload_headers: Optional[list[OutputFileUploadHeader]] = field(
        "uploadHeaders", array(nested(OutputFileUploadHeader)), default=None
    )
    """Headers for each of the uploads."""


class OutputFileDestination(Model):
    """Where output files go; a blob container is the only kind so far."""

    container: Optional[OutputFileBlobContainerDestination] = field(
        "container", nested(OutputFileBlobContainerDestination), default=None
    )
    """The blob container."""


class OutputFileUploadConfiguration(Model):
    """When output files are uploaded."""

    upload_condition: Union[str, OutputFileUploadCondition] = field(
        "uploadCondition", enum_codec(OutputFileUploadCondition)
    )
    """Which outcome of the task starts the upload; ``TASK_COMPLETION`` suits logs."""


class OutputFile(Model):
    """Files that the node uploads after a task's process has ended.

    The task is completed only when the upload is done; a failing upload fails the task, which keeps its exit code
    and is not retried. The uploader's own logs are ``fileuploadout.txt`` and ``fileuploaderr.txt`` in the task's
    directory. See https://learn.microsoft.com/azure/batch/batch-task-output-files.
    """

    file_pattern: str = field("filePattern", STR)
    """The files to upload: a path, relative to the task's working directory or absolute, in which environment variables
    are replaced first; ``../std*.txt`` takes the output of the process. ``*`` stands for anything within one part of
    the path, ``**`` for any directories, ``?`` for one character, ``[a-c]`` and ``[!abc]`` for one in or not in the
    set; names that begin with a dot need a pattern that does so too.
    """
    destination: OutputFileDestination = field("destination", nested(OutputFileDestination))
    """Where the files go."""
    upload_options: OutputFileUploadConfiguration = field("uploadOptions", nested(OutputFileUploadConfiguration))
    """When the files are uploaded."""
