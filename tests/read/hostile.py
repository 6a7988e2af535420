"""Files that nobody should send, each of a kind and a size: what they are, and a table of what they cost to refuse.

`python -m tests.read.hostile [WORD]` reads each (or those with WORD in their name) at full
size in a child process of its own and prints seconds, the most memory, and how it ended.
All content is synthetic.
"""

import base64
import gzip
import random
import struct
import sys
import threading
import time
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from flows.errors import ReadError
from flows.read.child import Reader
from tests.read import office_files as files

Make = Callable[[], bytes]
HEAD = b"<!DOCTYPE html><html><body>"
MILLION = 1_000_000


def page(markup: str) -> bytes:
    return HEAD + markup.encode()


def number(text: str, count: int) -> str:
    """Return a text many times, each with its number where it says {}."""
    return "".join(text.replace("{}", str(n)) for n in range(count))


# Web pages (FAULTS 4.1), by a size that makes them grow: full size, and one that the suite reads in a moment

WEB: dict[str, tuple[Callable[[int], bytes], int, int]] = {
    "cells": (lambda n: page("<table>" + ("<tr>" + "<td>1</td>" * 100 + "</tr>") * (n // 100)), MILLION, 30_000),
    "nested div": (lambda n: page("<div>" * n), MILLION, 30_000),
    "nested div with end tags of others": (lambda n: page("<div></b>" * n), 100_000, 30_000),
    "nested div hidden from a count in attributes": (lambda n: page("<div title='</div>'>" * n), 100_000, 30_000),
    "custom tags": (lambda n: page("<p-x>" * n), 100_000, 30_000),
    "nested tables": (lambda n: page("<table><tr><td>" * n), 10_000, 1_000),
    "nested lists": (lambda n: page("<ul></x><li>" * n), 50_000, 30_000),
    "attributes": (lambda n: page("<div " + number("a{}=1 ", n) + ">"), 200_000, 20_000),
    "attributes parted by slashes": (lambda n: page("<div/" + number("a{}/", n) + ">"), 200_000, 20_000),
    "attributes parted by nothing": (lambda n: page("<div " + number('a{}="1"', n) + ">"), 200_000, 20_000),
    "attributes with marks in them": (lambda n: page("<div " + number("a{}='<>' ", n) + ">"), 200_000, 20_000),
    "attributes, now and then a quoted >": (
        lambda n: page("<div " + " ".join(f"a{at}" if at % 900 else f"a{at}='>'" for at in range(n)) + ">"), 200_000, 30_000,
    ),
    "html of 20 attributes": (
        lambda n: page("".join(f"<html {' '.join(f'a{at}-{more}' for more in range(20))}>" for at in range(n))), 10_000, 1_000,
    ),
    "attributes of an end tag": (lambda n: page("</div " + number("a{} ", n) + ">"), 200_000, 20_000),
    "attributes of html": (lambda n: page(number("<html a{}>", n)), 200_000, 20_000),
    "attributes after a comment that is none": (lambda n: page("<!--><div " + number("a{} ", n) + ">-->"), 200_000, 20_000),
    "open formatting tags": (lambda n: page(number("<b c{}>", n)), 5_000, 5_000),
    "formatting opened again": (lambda n: page("<p>" + number("<b c{}>", 200) + "</p>" + "<p>x</p>" * n), 30_000, 30_000),
    "b and p": (lambda n: page("<b>" * n + "<p>x" * n), 3_000, 3_000),
    "fonts and paragraphs": (lambda n: page("<font></x>" * n + "<p>x" * 1_000), 100_000, 100_000),
    "bytes of an attribute": (lambda n: page("<p title='" + "x" * n + "'>"), 50 * MILLION, MILLION),
    "entities": (lambda n: page("<p>" + "&nbsp;" * n), 3 * MILLION, 100_000),
    "options": (lambda n: page("<select>" + "<option>x</option>" * n), 100_000, 30_000),
    "rows and columns of a billion": (
        lambda n: page("<table>" + "<tr><td rowspan=1000000000 colspan=1000000000>1</td></tr>" * n), 1_000, 3,
    ),
    "rows that go down a billion": (lambda n: page("<table>" + "<tr><td rowspan=1000000000>1</td></tr>" * n), 3_000, 300),
    "rows that go down 65534 and across 1000": (
        lambda n: page("<table>" + "<tr><td rowspan=65534 colspan=1000>1</td></tr>" * n), 3_000, 2,
    ),
    "wide rows": (lambda n: page("<table>" + "<tr><td colspan=400>1</td></tr>" * n), 30_000, 100),
    "cells in one row": (lambda n: page("<table><tr>" + "<td>1" * n), 900_000, 1_000),
    "less-than signs": (lambda n: page("<" * n), 20 * MILLION, 100_000),
    "open tags": (lambda n: page("<a" * n), 10 * MILLION, 100_000),
    "open comments": (lambda n: page("<!--" * n), 5 * MILLION, 100_000),
    "open quotes": (lambda n: page("<a b=" + "\"'" * n), 9 * MILLION, 100_000),
    "line breaks": (lambda n: page("x<br>" * n), 1_500_000, 100_000),
    "laughs": (
        lambda n: page('<!DOCTYPE l [<!ENTITY e0 "ha">' + number('<!ENTITY f{} "&e0;&e0;&e0;&e0;">', n) + "]><p>&f9;</p>"), 10_000, 10,
    ),
    "a file of the reader's machine": (lambda n: page('<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>' + "<p>&f;</p>" * n), 1, 1),
}  # fmt: skip


# Word and Excel files


def ballast(text: str) -> str:
    """Return a comment that does not deflate, long enough for a text to pass the limits on how much a zip may inflate."""
    return f"<!--{base64.b64encode(random.Random(1).randbytes(len(text.encode()) // 150)).decode()}-->"


def word(body: str) -> bytes:
    return files.write_word(body + ballast(body))


def book(rows: str, after: str = "", texts: str = "") -> bytes:
    return files.write_book(rows + ballast(rows), after + ballast(after), texts + ballast(texts))


def declare(body: str) -> str:
    """Return the parts of a Word document whose body declares entities that laugh and that lead to a file."""
    laughs = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE d [<!ENTITY e0 "ha">{laughs}<!ENTITY f SYSTEM "file:///etc/passwd">]>{body}'


def declared_word(text: str) -> bytes:
    parts = files.word_parts(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>")
    document = str(parts["word/document.xml"]).replace("<w:document", declare("<w:document"), 1)
    return files.write_zip({**parts, "word/document.xml": document})


def many_members(count: int) -> bytes:
    members: dict[str, bytes | str] = {f"word/media/{n}": "" for n in range(count)}
    return files.write_zip({**files.word_parts(""), **members})


def nest_zips(depth: int) -> bytes:
    """Return a Word document that holds a zip of zips of zips of zeros."""
    inner = files.write_zip({"zeros": bytes(50 * MILLION)})
    for _ in range(depth):
        inner = files.write_zip({f"{n}.zip": inner for n in range(10)})
    return files.write_zip({**files.word_parts(""), "word/embeddings/inner.zip": inner})


def overlap_members(count: int) -> bytes:
    """Return a Word document whose list of contents names one compressed part again and again."""
    data = files.write_zip({**files.word_parts("<w:p/>"), "zeros": bytes(900_000)})
    first, last, end = data.index(b"PK\x01\x02"), data.rindex(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    entry = data[last:end]
    again = [entry[:28] + struct.pack("<H", 6) + entry[30:46] + b"%06d" % at for at in range(count)]
    listed = data[first:last] + b"".join(again)
    total = min(6 + count, 0xFFFF)
    return (
        data[:first]
        + listed
        + struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, total, total, len(listed), first, 0)
    )


def name_twice() -> bytes:
    out = BytesIO(files.write_word("<w:p/>"))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("WORD/Document.xml", "<other/>")
    return out.getvalue()


XFD = '<row r="{}"><c r="A{}"><v>1</v></c><c r="XFD{}"><v>1</v></c></row>'
OFFICE: dict[str, tuple[Callable[[int], bytes], int, int]] = {
    "docx: runs": (lambda n: word("<w:p>" + "<w:r><w:t>1</w:t></w:r>" * n + "</w:p>"), MILLION, 260_000),
    "docx: paragraphs": (lambda n: word("<w:p><w:r><w:t>1</w:t></w:r></w:p>" * n), 160_000, 30_000),
    "docx: nested tables": (
        lambda n: word("<w:tbl><w:tr><w:tc>" * n + "<w:p/>" + "</w:tc></w:tr></w:tbl>" * n), 100_000, 300,
    ),
    "docx: nested runs": (lambda n: word("<w:p>" + "<w:ins>" * n + "</w:ins>" * n + "</w:p>"), 400_000, 300),
    "docx: laughs": (lambda n: declared_word("&e9;" * n), 1, 1),
    "docx: a file of the reader's machine": (lambda n: declared_word("&f;" * n), 1, 1),
    "docx: cells": (lambda n: word(files.word_table(*[files.word_cell("1") * 100] * (n // 100))), 100_000, 20_100),
    "docx: columns of a billion": (lambda n: word(files.word_table(files.word_cell("1", '<w:gridSpan w:val="1000000000"/>') * n)), 100, 1),
    "docx: columns left out": (
        lambda n: word(files.word_table('<w:trPr><w:gridAfter w:val="999999999"/></w:trPr>' + files.word_cell("1") * n)), 100, 1,
    ),
    "docx: a part of blanks": (lambda n: files.write_word(" " * n), 49 * MILLION, 2 * MILLION),
    "docx: members": (many_members, 100_000, 2_100),
    "docx: zips in zips": (nest_zips, 3, 1),
    "docx: members on one another": (overlap_members, 60_000, 1_000),
    "docx: a name twice": (lambda n: name_twice(), 1, 1),
    "docx: a name that leads outside": (lambda n: files.write_zip({**files.word_parts(""), "../" * n + "evil": ""}), 9, 1),
    "docx: a forged size": (lambda n: files.forge_size(files.write_word("<w:p/>" * 9_000), "word/document.xml", n), 40_000, 1),
    "docx: attributes": (lambda n: word("<w:p " + number('a{}="1" ', n) + "/>"), MILLION, 100_000),
    "docx: styles": (lambda n: files.write_word("<w:p/>", '<w:style w:styleId="a"/>' * n + ballast("x" * 24 * n)), 900_000, 1_000),
    "xlsx: a cell in XFD in each row": (lambda n: book("".join(XFD.replace("{}", str(at)) for at in range(1, n + 1))), 300_000, 1_000),
    "xlsx: cells": (lambda n: book(('<row>' + "<c><v>1</v></c>" * 100 + "</row>") * (n // 100)), MILLION, 20_100),
    "xlsx: one cell below and right of all": (
        lambda n: book('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>' * n), 1, 1,
    ),
    "xlsx: merged ranges": (
        lambda n: book('<row r="1"><c r="A1"><v>1</v></c></row>', "<mergeCells>" + '<mergeCell ref="A1:IT99"/>' * n + "</mergeCells>"),
        400_000, 100,
    ),
    "xlsx: merged everything": (
        lambda n: book('<row r="1"><c r="A1"><v>1</v></c></row>', '<mergeCells><mergeCell ref="A1:XFC1048575"/></mergeCells>' * n), 9, 1,
    ),
    "xlsx: a long text in each cell": (
        lambda n: book("<row>" + '<c t="s"><v>0</v></c>' * n + "</row>", texts=f"<si><t>{'长' * 100_000}</t></si>"), 16_000, 300,
    ),
    "xlsx: shared texts": (lambda n: book("", texts="<si><t>1</t></si>" * n), MILLION, 260_000),
    "xlsx: rows": (lambda n: book("<row/>" * n), 900_000, 10_000),
    "xlsx: a part of blanks": (lambda n: files.write_book(" " * n), 49 * MILLION, 2 * MILLION),
}  # fmt: skip


# PDF, by hand: reportlab writes no file that harms


def write_pdf(*objects: bytes, first: str = "/Pages 2 0 R") -> bytes:
    """Return a PDF of these objects, numbered from 2; object 1 is its catalogue."""
    out, places = bytearray(b"%PDF-1.7\n"), []
    for at, content in enumerate((f"<</Type/Catalog {first}>>".encode(), *objects), start=1):
        places.append(len(out))
        out += b"%d 0 obj\n" % at + content + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(places) + 1, start)
    return bytes(out)


def stream(content: bytes, entries: str = "", layers: int = 1) -> bytes:
    """Return a stream, deflated so many times over."""
    for _ in range(layers):
        content = zlib.compress(content, 9)
    filters = "/FlateDecode " * layers
    return (
        b"<<%s/Length %d/Filter[%s]>>stream\n" % (entries.encode(), len(content), filters.encode())
        + content
        + b"\nendstream"
    )


FONT = "/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"
LEAF = f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]{FONT}/Contents 4 0 R>>".encode()
ONE = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"


def pdf_page(content: bytes, leaf: bytes = LEAF, *more: bytes, layers: int = 1) -> bytes:
    """Return a PDF of one page with this content."""
    return write_pdf(ONE, leaf, stream(content, layers=layers), *more)


def pdf_pages(count: int) -> bytes:
    kids = b"3 0 R " * count
    return write_pdf(b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, count), LEAF, stream(b"BT/F 9 Tf(x)Tj ET"))


def nest_pages(depth: int) -> bytes:
    nodes = [b"<</Type/Pages/Kids[%d 0 R]/Count 1>>" % (at + 3) for at in range(depth)]
    return write_pdf(*nodes, LEAF.replace(b"4 0 R", b"%d 0 R" % (depth + 3)), stream(b"BT/F 9 Tf(x)Tj ET"))


def nest_forms(depth: int) -> bytes:
    """Return a page with a drawing that holds ten drawings that hold ten each, and so on."""
    names = "/Resources<</XObject<</X %d 0 R>>>>"
    box = "/Type/XObject/Subtype/Form/BBox[0 0 600 800]"
    forms = [stream(b"/X Do " * 10, box + names % (at + 6)) for at in range(depth)]
    leaf = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]%s/Contents 4 0 R>>" % (names % 5).encode()
    return write_pdf(ONE, leaf, stream(b"/X Do"), *forms, stream(b"0 0 9 9 re f", box))


def object_stream(size: int) -> bytes:
    """Return a PDF whose objects lie in a stream that inflates to so many bytes."""
    inside = [(2, ONE), (3, b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]>>")]
    index = places = b""
    for at, content in inside:
        index += b"%d %d " % (at, len(places))
        places += content + b" "
    packed = stream(index + places + b" " * size, f"/Type/ObjStm/N {len(inside)}/First {len(index)}")
    out = bytearray(b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n")
    fourth = len(out)
    out += b"4 0 obj\n" + packed + b"\nendobj\n"
    fifth = len(out)
    table = b"".join(
        struct.pack(">BIH", *entry)
        for entry in ((0, 0, 0), (1, 9, 0), (2, 4, 0), (2, 4, 1), (1, fourth, 0), (1, fifth, 0))
    )
    out += b"5 0 obj\n" + stream(table, "/Type/XRef/W[1 4 2]/Size 6/Root 1 0 R") + b"\nendobj\n"
    return bytes(out) + b"startxref\n%d\n%%%%EOF\n" % fifth


def annotate(count: int) -> bytes:
    leaf = LEAF[:-2] + b"/Annots[" + b"5 0 R " * count + b"]>>"
    note = b"<</Type/Annot/Subtype/Square/Rect[0 0 9 9]/AP<</N 6 0 R>>>>"
    return pdf_page(
        b"BT/F 9 Tf(x)Tj ET", leaf, note, stream(b"0 0 9 9 re f", "/Type/XObject/Subtype/Form/BBox[0 0 9 9]")
    )


def picture(side: int) -> bytes:
    """Return a page of one picture with sides of so many dots, all white, and nothing else."""
    dots = zlib.compress(b"\xff" * min(side * side // 8, 100 * MILLION), 9)
    head = (
        f"<</Type/XObject/Subtype/Image/Width {side}/Height {side}/BitsPerComponent 1/ColorSpace/DeviceGray"
    )
    head += f"/Filter/FlateDecode/Length {len(dots)}>>"
    leaf = (
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Resources<</XObject<</X 5 0 R>>>>/Contents 4 0 R>>"
    )
    return pdf_page(b"600 0 0 800 0 0 cm/X Do", leaf, head.encode() + b"stream\n" + dots + b"\nendstream")


PDF: dict[str, tuple[Callable[[int], bytes], int, int]] = {
    "pdf: pages": (pdf_pages, 100_000, 301),
    "pdf: pages that are said to be": (lambda n: write_pdf(b"<</Type/Pages/Kids[3 0 R]/Count %d>>" % n, LEAF, stream(b"")), 2_000_000_000, 301),
    "pdf: pages in pages": (nest_pages, 100_000, 2_000),
    "pdf: pages that hold themselves": (lambda n: write_pdf(b"<</Type/Pages/Kids[2 0 R]/Count %d>>" % n), 10, 1),
    "pdf: drawings in drawings": (nest_forms, 12, 3),
    "pdf: a drawing that holds itself": (lambda n: nest_forms(n).replace(b"/X 6 0 R", b"/X 5 0 R"), 1, 0),
    "pdf: an object stream": (object_stream, 1_000 * MILLION, 10 * MILLION),
    "pdf: a page that inflates": (lambda n: pdf_page(b" " * n), 1_000 * MILLION, 10 * MILLION),
    "pdf: a page deflated again and again": (lambda n: pdf_page(b" " * n, layers=3), 1_000 * MILLION, 10 * MILLION),
    "pdf: drawn lines": (lambda n: pdf_page(b"0 0 m 9 9 l S " * n), 5 * MILLION, 300_000),
    "pdf: characters on a page": (lambda n: pdf_page(b"BT/F 9 Tf" + b"(1234567890)Tj " * (n // 10) + b"ET"), 10 * MILLION, 200_100),
    "pdf: states saved": (lambda n: pdf_page(b"q " * n), 20 * MILLION, 100_000),
    "pdf: brackets": (lambda n: write_pdf(b"[" * n), 10 * MILLION, 100_000),
    "pdf: notes": (annotate, 100_000, 1_000),
    "pdf: dots of a picture": (picture, 60_000, 3_000),
    "pdf: a page of a billion points": (lambda n: pdf_page(b"BT/F 9 Tf(x)Tj ET", LEAF.replace(b"600 800", b"%d %d" % (n, n))), 10**9, 10**9),
}  # fmt: skip
# The rest


def mail(*parts: str, boundary: str = "b") -> bytes:
    """Return a saved page (MHTML) of these parts."""
    head = f'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="{boundary}"\r\n\r\n'
    body = "".join(
        f"--{boundary}\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{part}\r\n" for part in parts
    )
    return f"{head}{body}--{boundary}--\r\n".encode()


def nest_mail(depth: int) -> bytes:
    parts = number('--b{}\r\nContent-Type: multipart/related; boundary="b{}x"\r\n\r\n', depth).replace(
        'x"', '"'
    )
    return b'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="b0"\r\n\r\n' + parts.encode()


def open_sheet(rows: str) -> bytes:
    """Return an ODS workbook whose one sheet has this XML for rows."""
    spaces = "".join(
        f' xmlns:{key}="urn:oasis:names:tc:opendocument:xmlns:{key}:1.0"'
        for key in ("office", "table", "text", "style")
    )
    body = f'<office:body><office:spreadsheet><table:table table:name="表">{rows}</table:table></office:spreadsheet></office:body>'
    return files.write_zip(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": f"<office:document-content{spaces}>{body}</office:document-content>",
        }
    )


def xml_book(rows: str, before: str = "") -> bytes:
    """Return an Excel workbook in XML whose one sheet has this XML for rows."""
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    table = f'<Worksheet ss:Name="表"><Table>{rows}</Table></Worksheet>'
    return f'<?xml version="1.0"?>{before}<Workbook xmlns="{space}" xmlns:ss="{space}">{table}</Workbook>'.encode()


REPEATED = '<table:table-row table:number-rows-repeated="{}"><table:table-cell><text:p>1</text:p></table:table-cell></table:table-row>'
OTHER: dict[str, tuple[Callable[[int], bytes], int, int]] = {
    "gzip: a page": (lambda n: gzip.compress(page("x" * n), mtime=0), 1_000 * MILLION, 21 * MILLION),
    "gzip: a gzip file": (lambda n: gzip.compress(gzip.compress(page("x" * n), mtime=0), mtime=0), 1_000 * MILLION, 1_000),
    "zip: pages": (lambda n: files.write_zip({f"{at}.html": page("x") for at in range(n)}), 1_900, 2),
    "zip: a page": (lambda n: files.write_zip({"report.html": page("x" * n)}), 90 * MILLION, 2 * MILLION),
    "zip: a zip": (lambda n: files.write_zip({"a.zip": nest_zips(n)}), 3, 1),
    "mhtml: parts": (lambda n: mail(*["<p>1</p>"] * n), 100_000, 1_001),
    "mhtml: mails in mails": (nest_mail, 100_000, 100),
    "csv: cells": (lambda n: ("1,2,3,4,5,6,7,8,9,0\n" * (n // 10)).encode(), 9 * MILLION, 20_010),
    "csv: columns": (lambda n: (("1," * n + "1\n") * 2).encode(), 4 * MILLION, 500),
    "csv: quotes": (lambda n: ('"a""b",' * n + "1\n").encode(), 2 * MILLION, 10_000),
    "ods: rows repeated": (lambda n: open_sheet(REPEATED.replace("{}", str(n)) * 9), 999_999, 30_000),
    "ods: columns repeated": (
        lambda n: open_sheet(REPEATED.replace("rows-repeated", "rows").replace("cell>", f'cell table:number-columns-repeated="{n}">', 1)),
        9_999_999, 501,
    ),
    "ods: blank rows repeated": (lambda n: open_sheet(REPEATED.replace("<text:p>1</text:p>", "").replace("{}", "9999999") * n), 40_000, 100),
    "xml: a row of a million": (lambda n: xml_book(f'<Row ss:Index="{n}"><Cell><Data ss:Type="Number">1</Data></Cell></Row>'), 9_999_999, 9),
    "xml: cells merged": (
        lambda n: xml_book(f'<Row><Cell ss:MergeAcross="{n}" ss:MergeDown="{n}"><Data ss:Type="Number">1</Data></Cell></Row>'),
        9_999_999, 200,
    ),
    "xml: cells": (lambda n: xml_book("<Row>" + '<Cell><Data ss:Type="Number">1</Data></Cell>' * n + "</Row>"), 300_000, 501),
    "xml: laughs": (lambda n: xml_book("<Row/>" * n, declare("")), 9, 1),
    "rtf: groups": (lambda n: b"{\\rtf1 " + b"{" * n, 10 * MILLION, 1_000),
}  # fmt: skip
BOMBS = WEB | OFFICE | PDF | OTHER
# How each ends: words of the reason for which it is refused, nothing where it is read as the little that it says.
REASONS = {
    "gzip: a page": "gzip file of over 20,971,520",
    "gzip: a gzip file": "gzip file of over|a gzip archive",
    "zip: pages": "files that can be a report",
    "zip: a page": "inflate",
    "zip: a zip": "empty",
    "mhtml: parts": "mail of over 500 parts",
    "mhtml: mails in mails": "mail of over 500",
    "csv: cells": "|over 20000 cells",
    "csv: columns": "|500 columns|over more than 200,000",
    "csv: quotes": "",
    "ods: rows repeated": "over 20000 cells",
    "ods: columns repeated": "500 columns|20000 cells",
    "ods: blank rows repeated": "empty|inflate",
    "xml: a row of a million": "",
    "xml: cells merged": "|over 20000 cells",
    "xml: cells": "500 columns|over 20000 cells|1,000,000 tags",
    "xml: laughs": "DOCTYPE",
    "rtf: groups": "cut",
    "cells": "over 20000 cells|over 1,000,000 tags",
    "nested div": "nested",
    "nested div with end tags of others": "nested",
    "nested div hidden from a count in attributes": "nested",
    "custom tags": "nested",
    "nested tables": "nested",
    "nested lists": "nested",
    "attributes": "attributes",
    "attributes parted by slashes": "attributes",
    "attributes parted by nothing": "attributes",
    "attributes with marks in them": "attributes",
    "attributes of an end tag": "attributes",
    "attributes, now and then a quoted >": "attributes",
    "html of 20 attributes": "attributes",
    "attributes of html": "attributes",
    "attributes after a comment that is none": "attributes",
    "open formatting tags": "nested or left open",
    "formatting opened again": "nested or left open",
    "b and p": "nested",
    "fonts and paragraphs": "nested or left open",
    "bytes of an attribute": "empty|20,971,520",
    "entities": "empty",
    "options": "options",
    "rows and columns of a billion": "500 columns",
    "rows that go down a billion": "over 20000 cells",
    "rows that go down 65534 and across 1000": "500 columns",
    "wide rows": "over 20000 cells",
    "cells in one row": "500 columns",
    "less-than signs": "",
    "open tags": "empty",
    "open comments": "empty",
    "open quotes": "empty",
    "line breaks": "|over 1,000,000 tags",
    "laughs": "",
    "a file of the reader's machine": "",
    "docx: runs": "over 1,000,000 tags",
    "docx: paragraphs": "",
    "docx: nested tables": "depth",
    "docx: nested runs": "depth",
    "docx: laughs": "DOCTYPE",
    "docx: a file of the reader's machine": "DOCTYPE",
    "docx: cells": "over 20000 cells|over 1,000,000 tags",
    "docx: columns of a billion": "500 columns",
    "docx: columns left out": "500 columns",
    "docx: a part of blanks": "inflate",
    "docx: members": "2000 files",
    "docx: zips in zips": "empty",
    "docx: members on one another": "2000 files|inflate",
    "docx: a name twice": "twice",
    "docx: a name that leads outside": "'..'",
    "docx: a forged size": "CRC|shorter",
    "docx: attributes": "limit exceeded|redefined|empty",
    "docx: styles": "empty",
    "xlsx: a cell in XFD in each row": "500 columns|over 1,000,000 tags|places",
    "xlsx: cells": "over 20000 cells|over 1,000,000 tags",
    "xlsx: one cell below and right of all": "places",
    "xlsx: merged ranges": "over 20000 cells",
    "xlsx: merged everything": "",
    "xlsx: a long text in each cell": "characters",
    "xlsx: shared texts": "over 1,000,000 tags|empty",
    "xlsx: rows": "empty",
    "xlsx: a part of blanks": "inflate",
    "pdf: pages": "over 300",
    "pdf: pages that are said to be": "nothing is printed|over 300",
    "pdf: pages in pages": "broken",
    "pdf: pages that hold themselves": "broken",
    "pdf: drawings in drawings": "nothing|MiB of memory|processor time",
    "pdf: a drawing that holds itself": "MiB of memory|processor time",
    "pdf: an object stream": "inflates|empty|broken|nothing",
    "pdf: a page that inflates": "inflates|nothing",
    "pdf: a page deflated again and again": "inflates|nothing",
    "pdf: drawn lines": "inflates|drawn lines",
    "pdf: characters on a page": "characters on a page|MiB of memory",
    "pdf: states saved": "MiB of memory|nothing",
    "pdf: brackets": "MiB of memory|broken",
    "pdf: notes": "",
    "pdf: dots of a picture": "a scan|no text is recognised|dots",
    "pdf: a page of a billion points": "",
}


def watch(pid: int, ended: threading.Event, most: list[int]) -> None:
    """Keep the most memory that a process has had, in MB: what it used, and what it asked for."""
    while not ended.wait(0.01):
        try:
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        except OSError:
            return
        found = dict(line.split(":\t") for line in lines if line.startswith(("VmHWM", "VmPeak")))
        for at, key in enumerate(("VmHWM", "VmPeak")):
            most[at] = max(most[at], int(found.get(key, "0").split()[0]) // 1024)


def measure(data: bytes) -> tuple[float, list[int], str]:
    """Return the seconds, the most memory in MB and the end of reading one file in a child of its own."""
    most, ended = [0, 0], threading.Event()
    with Reader() as reader:
        reader.start()
        assert reader.process is not None
        watcher = threading.Thread(target=watch, args=(reader.process.pid, ended, most))
        watcher.start()
        start = time.monotonic()
        try:
            document = reader.read(data, "x")
            end = f"read: {len(document.grids)} grids, {len(document.text):,} characters"
        except ReadError as error:
            end = error.text.en.removeprefix("x: ")
        seconds = time.monotonic() - start
        ended.set()
        watcher.join()
    return seconds, most, end


def main(word: str = "") -> None:
    """Print the table."""
    print(f"{'file':55}{'bytes':>12}{'s':>7}{'MB':>7}{'asked':>7}  end")
    for name, (make, full, _) in BOMBS.items():
        if word in name:
            data = make(full)
            seconds, (used, asked), end = measure(data)
            print(
                f"{f'{full:,} {name}':55}{len(data):12,}{seconds:7.2f}{used:7}{asked:7}  {end[:100]}",
                flush=True,
            )


if __name__ == "__main__":
    main(*sys.argv[1:])
