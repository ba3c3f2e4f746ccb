"""What is sent to and received from Azure Batch: models and enums.

Every model can be made from keywords or from its JSON, and is a mapping with the service's names as well as an object
with Python's.
"""

from .. import _missing
from . import (
    _account,
    _common,
    _create_tasks_error,
    _enums,
    _file_properties,
    _files,
    _job_schedules,
    _jobs,
    _network,
    _nodes,
    _pool_parts,
    _pools,
    _saved_file,
    _sizes_and_zones,
    _tasks,
    _tasks_summary,
    _virtual_machines,
)
from ._create_tasks_error import *
from ._enums import *
from ._file_properties import *
from ._models import *
from ._saved_file import *
from ._tasks_summary import *

__all__: list[str] = []
__all__ += _account.__all__
__all__ += _common.__all__
__all__ += _create_tasks_error.__all__
__all__ += _enums.__all__
__all__ += _file_properties.__all__
__all__ += _files.__all__
__all__ += _job_schedules.__all__
__all__ += _jobs.__all__
__all__ += _network.__all__
__all__ += _nodes.__all__
__all__ += _pool_parts.__all__
__all__ += _pools.__all__
__all__ += _saved_file.__all__
__all__ += _sizes_and_zones.__all__
__all__ += _tasks.__all__
__all__ += _tasks_summary.__all__
__all__ += _virtual_machines.__all__

_missing.watch(__name__)
