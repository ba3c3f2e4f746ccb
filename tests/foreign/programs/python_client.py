"""azure-batch in Python: carries out the operations it is told on standard input, one JSON document a line.

It is written for 15.1.0 and runs under whichever azure-batch its interpreter has.
"""

import json
import os
import sys

from azure.core import MatchConditions
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import HttpResponseError

import azure.batch
from azure.batch import BatchClient
from azure.batch.models import _models as models  # which holds those that the public module leaves out, too

client = BatchClient(
    endpoint=os.environ["AZURE_BATCH_ENDPOINT"],
    credential=AzureNamedKeyCredential(os.environ["AZURE_BATCH_ACCOUNT"], os.environ["AZURE_BATCH_ACCESS_KEY"]),
)


def plain(value):
    if hasattr(value, "as_dict"):
        return value.as_dict()
    if isinstance(value, (bool, str)) or value is None:
        return value
    if hasattr(value, "__iter__"):
        parts = list(value)
        return b"".join(parts).decode() if parts and isinstance(parts[0], bytes) else [plain(one) for one in parts]
    raise TypeError(type(value))


def run(operation, ids, model, body, options, waits):
    arguments = list(ids.values())
    if body is not None:
        arguments.append(getattr(models, model)(body))
    keywords = {{"range": "ocp_range"}.get(name, name): value for name, value in options.items()}
    if "if_match" in keywords:
        keywords.update(etag=keywords.pop("if_match"), match_condition=MatchConditions.IfNotModified)
    if "if_none_match" in keywords:
        keywords.update(etag=keywords.pop("if_none_match"), match_condition=MatchConditions.IfModified)
    if hasattr(client, operation):
        answer = getattr(client, operation)(*arguments, **keywords)
    else:
        poller = getattr(client, "begin_" + operation)(*arguments, polling_interval=0.1, **keywords)
        answer = poller.result() if waits else None
    if operation.startswith("get_") and operation.endswith("_file_properties"):
        return {"contentLength": answer.content_length, "isDirectory": answer.is_directory}
    return plain(answer)


def answered(request):
    try:
        return {"answer": run(**request)}
    except HttpResponseError as e:
        error = e.error or e.model
        message = getattr(error, "message", None)
        return {"code": getattr(error, "code", None), "message": getattr(message, "value", message) or str(e)}


def reply(document):
    print(json.dumps(document), flush=True)


reply({"version": azure.batch.__version__, "operations": [name.removeprefix("begin_") for name in dir(client)]})
for line in sys.stdin:
    reply(answered(json.loads(line)))
