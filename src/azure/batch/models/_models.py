"""Every model in one place."""

from ._account import *
from ._common import *
from ._files import *
from ._job_schedules import *
from ._jobs import *
from ._network import *
from ._nodes import *
from ._pool_parts import *
from ._pools import *
from ._sizes_and_zones import *
from ._tasks import *
from ._virtual_machines import *
