"""The limits of reading, all in one place: far above every report known, far below what harms a run.

A file beyond one is refused with a ReadError that names what was found. The readers look at
their limits themselves, where they can say which was passed; what they overlook ends at the
time and memory of the child process (`child.py`). `tests/read/test_hostile.py` reads files
one below each limit, at it and one above.
"""

from flows.errors import ReadError

# Any file, and the child process that reads it
MAX_BYTES = 20 * 1024 * 1024
SECONDS = 10  # of processor time
WAIT_SECONDS = 40  # by the clock, for machines that do other things too
MEMORY = 1024**3  # bytes of address space
MAX_GROWTH = 32 * 1024**2  # bytes that a file may leave behind in the child; after more a new one begins

# Tables of every kind of file
MAX_COLUMNS = 500
MAX_CELLS_TABLE = 20_000
MAX_CELLS = 200_000  # in a page or file
MAX_TEXT = 20_000_000  # characters in the tables of a workbook

# Markup: what the parser takes the square of (measured, see markup.py)
MAX_DEPTH = 250
MAX_TAGS = 1_000_000  # lxml needs up to 135 bytes for each
MAX_ATTRIBUTES = 1_000  # of one tag
MAX_OPTIONS = 20_000
MAX_OPEN = 300_000_000  # tags open at each tag, summed: what the parser walks through when it looks upwards
MAX_REOPENED = 3_000_000  # formatting left open at each tag, summed: the nodes that the parser makes of it

# Zips: DOCX, XLSX
MAX_ENTRIES = 2_000
MAX_INFLATED = 100_000_000
MAX_PART = 50_000_000
MAX_RATIO = 200
FREE_SIZE = 1_000_000  # below this a part may be all blanks: its ratio says nothing

# Saved pages (MHTML)
MAX_PARTS = 500
MAX_PARTS_DEPTH = 20

# PDF
MAX_PAGES = 300
MAX_CHARS_PAGE = 200_000
MAX_CHARS = 1_000_000
MAX_DRAWN = 500_000  # drawn objects and the points of their outlines, in the whole document
MAX_RULES = 4_000  # on a page

# Pictures of print, recognised by a process of its own (pictures.py): an A4 page at 150 dots an inch takes about ten seconds
PAGE_SECONDS = 60  # of processor time for one page
PICTURE_SECONDS = 400  # by the clock for a file
PICTURE_MEMORY = 3 * 1024**3  # of address space, a third of which it uses
MAX_PICTURES = 40  # pages of a TIFF or of a scanned PDF
MAX_PIXELS = 40_000_000  # dots of one page: A3 at 300 dots an inch has 17 million
MAX_PIXELS_FILE = 200_000_000
MAX_SIDE = 30_000  # dots

# Other programs
OFFICE_SECONDS = 30  # LibreOffice for one file, by the clock and of processor time; less than WAIT_SECONDS
OFFICE_MEMORY = 4 * 1024**3  # of address space, most of which it never uses
OFFICE_WRITTEN = 200_000_000  # bytes of one file
OLD_SECONDS = 10  # of processor time for the cells of an XLS
OLD_MEMORY = 1024**3


def too_much(name: str, en: str, zh: str) -> ReadError:
    """Return the error for a file that passes a limit of reading; `en` and `zh` say which."""
    return ReadError(
        f"{name}: {en}; no report looks so, the file is refused. Look at it before you open it, and save the report alone.",
        f"{name}：{zh}；年度报告不会如此，已拒绝读取。打开前请先检查该文件，并只保存报告本身。",
    )
