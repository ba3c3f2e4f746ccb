"""A client of the account that the environment names, by the variables of ``az batch``.

The key signs requests if there is one; otherwise the credential is ``DefaultAzureCredential``, which is imported only
then, signs in to the endpoint's own cloud, and belongs to the client that it was made for.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any, Optional

from azure.core.credentials import AzureNamedKeyCredential
from typing_extensions import Self

from .._auth import cloud_of, endpoint_of, key_of

_ENDPOINT = "AZURE_BATCH_ENDPOINT"
_ACCOUNT = "AZURE_BATCH_ACCOUNT"
_KEY = "AZURE_BATCH_ACCESS_KEY"

_AUTHORITIES = {
    "batch.usgovcloudapi.net": "AZURE_GOVERNMENT",
    "batch.chinacloudapi.cn": "AZURE_CHINA",
}
"""Where one signs in to the clouds that have an authority of their own, by its name in azure-identity."""


class FromEnvironmentMixin:
    """How a client is made without naming the account in the program."""

    _asynchronous: bool
    _own_credential: Any = None
    """A credential that nobody but the client can close, because it was made here."""

    @classmethod
    def from_environment(cls, **kwargs: Any) -> Self:
        """Make a client of the account that the environment names, with the variables that ``az batch`` knows.

        * ``AZURE_BATCH_ENDPOINT``: the account's URL as the portal shows it, with or without ``https://``; a local
          emulator's with ``http://``.
        * ``AZURE_BATCH_ACCESS_KEY`` and ``AZURE_BATCH_ACCOUNT``: the account's key, and its name, which a key cannot do
          without. With a key, requests are signed with it.
        * Without a key the credential is ``azure.identity.DefaultAzureCredential()``, with the authority of the
          endpoint's cloud unless ``AZURE_AUTHORITY_HOST`` names one; the client closes it when it is closed. A name
          without a key has no effect.

        A variable that is empty counts as one that is not set. The program is the same for every account::

            with BatchClient.from_environment() as client:
                for pool in client.list_pools():
                    print(pool.id)

        See https://learn.microsoft.com/azure/batch/batch-cli-get-started and
        https://learn.microsoft.com/azure/developer/python/sdk/authentication/credential-chains.

        :param kwargs: Keywords of the client, except for the endpoint and the credential.
        :raises ValueError: if the endpoint is not there, if there is a key without a name, or if one of them cannot be
            what it should be; it names the variable.
        """
        make: Any = cls
        endpoint, key = _endpoint(), _key()
        client: Self
        if key is not None:
            client = make(endpoint, key, **kwargs)
            return client
        credential = _default_credential(endpoint, asynchronous=cls._asynchronous)
        client = make(endpoint, credential, **kwargs)
        client._own_credential = credential
        return client


def _value(variable: str) -> Optional[str]:
    return (os.environ.get(variable) or "").strip() or None


def _endpoint() -> str:
    text = _value(_ENDPOINT)
    if text is None:
        raise ValueError(
            f"{_ENDPOINT}: set this environment variable to the URL of the Batch account, "
            "such as https://myaccount.westeurope.batch.azure.com"
        )
    try:
        return endpoint_of(text)
    except ValueError as error:
        raise ValueError(f"{_ENDPOINT}: {error}") from None


def _key() -> Optional[AzureNamedKeyCredential]:
    """The key with the name of its account; without a key there is nothing to name."""
    key, account = _value(_KEY), _value(_ACCOUNT)
    if key is None:
        return None
    if account is None:
        raise ValueError(f"{_ACCOUNT}: set this environment variable, too: {_KEY} is the key of the account so named")
    credential = AzureNamedKeyCredential(account, key)
    try:
        key_of(credential)
    except ValueError as error:
        raise ValueError(f"{_ACCOUNT}, {_KEY}: {error}") from None
    return credential


def _default_credential(endpoint: str, *, asynchronous: bool) -> Any:
    identity = import_module("azure.identity")
    kinds = import_module("azure.identity.aio") if asynchronous else identity
    authority = _AUTHORITIES.get(cloud_of(endpoint))
    if authority is None or _value("AZURE_AUTHORITY_HOST") is not None:
        return kinds.DefaultAzureCredential()
    return kinds.DefaultAzureCredential(authority=getattr(identity.AzureAuthorityHosts, authority))
