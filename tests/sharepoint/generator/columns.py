"""The columns of the list, as `/fields` tells them, and the mapping that names them."""

from dataclasses import dataclass
from html import escape

from . import names

LIST = "c0ffee00-1207-4a5e-9b1d-7a7a7a7a0015"
AGENCIES = "a9e2c1e5-0000-4000-8000-00000000c09a"
BASE = "https://cong.tinh.example"
ALIAS = "http://portal"
FOLDER = "/Lists/TinTuc"
ARTICLE_TYPE_ID = "0x0100A1B2C3D4E5F60718293A4B5C6D7E8F90"
FOLDER_TYPE_ID = "0x012000D4E5F60718293A4B5C6D7E8F90A1B2"
LINK_TYPE_ID = "0x010500E5F60718293A4B5C6D7E8F90A1B2C3"
CONTENT_TYPES = {ARTICLE_TYPE_ID: "Tin Tức Mở Rộng", FOLDER_TYPE_ID: "Folder", LINK_TYPE_ID: "Link"}


@dataclass(frozen=True)
class Column:
    key: str  # by which the rest of this program knows it
    display: str
    type: str
    internal: str
    target: str  # what the mapping makes of it
    attributes: str = ""  # of its SchemaXml

    @property
    def entity(self) -> str:
        return names.entity(self.internal)

    @property
    def encoded(self) -> str:
        return names.encoded(self.internal)


# In the order in which somebody once made them: of the three that collide, the views are the second.
_OWN = [
    ("image", "Hình ảnh", "Image", "image", 'RichText="TRUE" RichTextMode="FullHtml"'),
    ("description_image", "Hình ảnh mô tả", "Thumbnail", "description_image", ""),
    ("summary", "Tóm tắt", "Note", "summary", 'NumLines="6" RichText="FALSE"'),
    ("body", "Nội dung", "HTML", "body", 'RichText="TRUE" RichTextMode="FullHtml"'),
    ("external_url", "Link thay thế nội dung", "URL", "external_url", 'Format="Hyperlink"'),
    ("published_at", "Ngày xuất bản", "DateTime", "published_at", ""),
    ("publish_at", "Ngày bắt đầu hiển thị", "DateTime", "publish_at", 'Format="DateTime"'),
    ("featured", "Tin nổi bật", "Boolean", "featured", ""),
    ("author", "Tác giả", "User", "author", 'UserSelectionMode="PeopleAndGroups"'),
    ("category", "Phân loại", "TaxonomyFieldType", "category", ""),
    ("article_type", "Loại bài viết", "Choice", "article_type", 'Format="Dropdown"'),
    ("page_count", "Số Trang", "Number", "page_count", 'Decimals="0"'),
    ("photo_count", "Số Ảnh", "Number", "photo_count", 'Decimals="0"'),
    ("royalty", "Số tiền", "Currency", "royalty", 'LCID="1066"'),
    ("related", "Tin liên quan", "LookupMulti", "related", 'Mult="TRUE" ShowField="Title"'),
    ("audio", "Audio", "URL", "audio", 'Format="Hyperlink"'),
    ("state", "Trạng thái", "Choice", "ignore", 'Format="Dropdown"'),
    ("history", "Lịch sử", "Note", "history", 'AppendOnly="TRUE" NumLines="6" RichText="FALSE"'),
    ("source", "Cơ quan gửi", "Lookup", "source_name", 'ShowField="Title"'),
    ("shares", "Số lượt chia sẻ", "Number", "ignore", 'Decimals="0"'),
    ("views", "Số lượt người đọc", "Number", "views", 'Decimals="0"'),
    ("comments", "Số lượt bình luận", "Number", "ignore", 'Decimals="0"'),
]
CHOICES = {
    "article_type": ["Tin tức", "Thông báo", "Văn bản", "Tin ảnh", "Video"],
    "state": ["Đang soạn", "Chờ duyệt", "Đã xuất bản"],
}


def own() -> list[Column]:
    """The columns that hold what articles are made of, without the attachments."""
    columns = [Column("title", "Tiêu đề", "Text", "Title", "title", 'Required="TRUE" MaxLength="255"')]
    taken = {"Title", "TaxKeyword"}
    for key, display, kind, target, attributes in _OWN:
        columns.append(Column(key, display, kind, names.internal(display, taken), target, attributes))
    columns.append(Column("tags", "Từ khóa", "TaxonomyFieldTypeMulti", "TaxKeyword", "tags", 'Mult="TRUE"'))
    return columns


COLUMNS = own()
BY_KEY = {column.key: column for column in COLUMNS}

_SYSTEM = [  # internal, display, type, hidden, read-only
    ("ID", "ID", "Counter", False, True),
    ("ContentTypeId", "Content Type ID", "ContentTypeId", True, True),
    ("ContentType", "Content Type", "Computed", False, False),
    ("Created", "Created", "DateTime", False, True),
    ("Author", "Created By", "User", False, True),
    ("Modified", "Modified", "DateTime", False, True),
    ("Editor", "Modified By", "User", False, True),
    ("_HasCopyDestinations", "Has Copy Destinations", "Boolean", True, True),
    ("_ModerationStatus", "Approval Status", "ModStat", False, True),
    ("_ModerationComments", "Approver Comments", "Note", True, True),
    ("_UIVersionString", "Version", "Text", False, True),
    ("GUID", "GUID", "Guid", True, True),
    ("FileRef", "URL Path", "Lookup", True, True),
    ("FSObjType", "Item Type", "Lookup", True, True),
    ("MetaInfo", "Property Bag", "Lookup", True, False),
    ("TaxCatchAll", "Taxonomy Catch All Column", "LookupMulti", True, False),
    ("c9b2d7e41f3a4e0c8d6b5a49382716f0", "Phân loại_0", "Note", True, False),
    ("Edit", "Edit", "Computed", False, True),
    ("LinkTitle", "Tiêu đề", "Computed", False, True),
    ("DocIcon", "Type", "Computed", False, True),
]


def fields(date_only: bool, verbose: bool) -> list[dict]:
    """What `/fields` answers."""
    rows = [_field(c.internal, c.display, c.type, False, False, c.key == "title", _attributes(c, date_only), c, verbose, date_only)
            for c in COLUMNS]
    rows += [_field(internal, display, kind, hidden, read_only, True, "", None, verbose, False)
             for internal, display, kind, hidden, read_only in _SYSTEM]
    rows.append(_field("Attachments", "Attachments", "Attachments", False, False, True, "", None, verbose, False))
    return rows


def _attributes(column: Column, date_only: bool) -> str:
    if column.key == "published_at":
        return f'Format="{"DateOnly" if date_only else "DateTime"}"'
    if column.key == "related":
        return f'{column.attributes} List="{{{LIST}}}"'
    if column.key == "source":
        return f'{column.attributes} List="{{{AGENCIES}}}"'
    return column.attributes


def _field(internal, display, kind, hidden, read_only, base, attributes, column, verbose, date_only) -> dict:
    choices = CHOICES.get(column.key) if column else None
    inner = "".join(f"<CHOICE>{escape(choice)}</CHOICE>" for choice in choices or [])
    flags = "".join(f' {name}="TRUE"' for name, on in (("Hidden", hidden), ("ReadOnly", read_only)) if on)
    opening = f'<Field Type="{kind}" DisplayName="{escape(display)}" StaticName="{internal}" Name="{internal}"{flags}'
    opening += f" {attributes}" if attributes else ""
    schema = f"{opening}><CHOICES>{inner}</CHOICES></Field>" if choices else f"{opening} />"
    row = {
        "CanBeDeleted": not base, "EntityPropertyName": names.entity(internal), "FromBaseType": base, "Group": "Custom Columns",
        "Hidden": hidden, "InternalName": internal, "ReadOnlyField": read_only, "Required": 'Required="TRUE"' in attributes,
        "SchemaXml": schema, "Sealed": False, "StaticName": internal, "Title": display, "TypeAsString": kind,
    }
    if verbose:
        row = {"__metadata": {"type": "SP.Field"}} | row
    if choices:
        collection = {"__metadata": {"type": "Collection(Edm.String)"}, "results": choices} if verbose else choices
        row["Choices"] = collection
    if kind == "DateTime":
        row["DisplayFormat"] = 0 if column and column.key == "published_at" and date_only else 1
    if column and column.key in ("related", "source"):
        row |= {"AllowMultipleValues": kind == "LookupMulti", "LookupField": "Title"}
        row["LookupList"] = "{%s}" % (LIST if column.key == "related" else AGENCIES)
    if kind == "Note":
        row |= {"AppendOnly": "AppendOnly" in attributes, "RichText": 'RichText="TRUE"' in attributes}
    return row


def mapping(table: bool, date_only: bool, headers: str) -> str:
    """The mapping, as somebody would have made it of what `inspect` wrote. Tables write dates and keywords in their own way."""
    lines = [
        "[source]", f'list = "{LIST}"', f'base = "{BASE}"', f'aliases = ["{ALIAS}"]', 'time_zone = "Asia/Ho_Chi_Minh"',
    ]
    if table:
        lines.append('date_format = "%d/%m/%Y %H:%M"')
    lines += ["", "[columns]"]
    for column in COLUMNS:
        name = column.internal if headers == "internal" else column.display
        target = f'"{column.target}"'
        if table and column.key == "tags":
            target = '{ to = "tags", split = ";" }'
        if column.key == "category":
            target = '{ to = "category", values = "categories" }'
        if column.key == "article_type":
            target = '{ to = "article_type", values = "article_types" }'
        if table and date_only and column.key == "published_at":
            target = '{ to = "published_at", format = "%d/%m/%Y" }'
        lines.append(f'"{name}" = {target}')
    lines += [
        "", "[categories]", '"Tin CCHC" = "Cải cách hành chính"',
        "", "[article_types]", '"Tin tức" = "news"', '"Thông báo" = "announcement"', '"Văn bản" = "document"',
        '"Tin ảnh" = "photo_story"', '"Video" = "video"',
        "", "[content_types]", f'"{ARTICLE_TYPE_ID}" = "article"', f'"{LINK_TYPE_ID}" = "ignore"',
        f'"{CONTENT_TYPES[ARTICLE_TYPE_ID]}" = "article"', f'"{CONTENT_TYPES[LINK_TYPE_ID]}" = "ignore"',
        "", "[[redirects]]", 'pattern = "/tin-tuc/{any}-{id}.html"', "",
    ]
    return "\n".join(lines)
