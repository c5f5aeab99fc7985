"""Who writes and approves: offices, as accounts of the site."""

ACCOUNTS = {
    9: ("Ban Biên tập Cổng thông tin", "bbt"), 11: ("Phòng Biên tập 1", "bientap1"), 12: ("Phòng Biên tập 2", "bientap2"),
    15: ("Tổ Thư ký", "thuky"), 16: ("Văn phòng Ủy ban nhân dân tỉnh", "vp.ubnd"), 23: ("Sở Y tế", "soyte"),
    24: ("Sở Giáo dục và Đào tạo", "sogddt"), 25: ("Sở Tài chính", "sotc"), 27: ("Công an tỉnh", "congan"),
    31: ("Trung tâm Phục vụ hành chính công", "hcc"), 32: ("Báo tỉnh", ""),
}
# No longer among the site's accounts: of the first the versions still know the name, of the second nobody does.
GONE_NAMED = {901: ("Sở Thông tin và Truyền thông (cũ)", ""), 902: ("Phòng Văn xã (đã giải thể)", "")}
GONE = {997: ("", ""), 998: ("", "")}
EDITORS = [9, 11, 12, 15]
EVERYBODY = ACCOUNTS | GONE_NAMED | GONE


def name(number: int) -> str:
    return EVERYBODY[number][0]


def email(number: int) -> str:
    """One account has none, and those that are gone neither."""
    login = EVERYBODY[number][1]
    return f"{login}@tinh.example" if login else ""


def login(number: int) -> str:
    return f"i:0#.w|TINH\\{EVERYBODY[number][1] or f'u{number}'}"


def accounts(verbose: bool) -> list[dict]:
    """What `siteusers` answers."""
    rows = []
    for number, (title, _) in ACCOUNTS.items():
        row = {"Id": number, "LoginName": login(number), "Title": title, "PrincipalType": 1, "Email": email(number), "IsSiteAdmin": number == 9}
        rows.append({"__metadata": {"type": "SP.User"}} | row if verbose else row)
    return rows
