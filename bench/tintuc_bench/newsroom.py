"""Puts a picture into a live article over the management API, as two people would."""

import json
import secrets
import uuid

AUTHOR, APPROVER = "benchmark-author@tintuc.example", "benchmark-approver@tintuc.example"


class Newsroom:
    """Two people who sign in."""

    def __init__(self, service):
        self.client = service.client()
        password = secrets.token_urlsafe(18)
        for email, roles in ((AUTHOR, ["author"]), (APPROVER, ["approver"])):
            arguments = [part for role in roles for part in ("--role", role)]
            service.command(
                "create-user", "--email", email, "--name", "Đo hiệu năng", *arguments, TINTUC_PASSWORD=password
            )
        self.author, self.approver = (self._sign_in(email, password) for email in (AUTHOR, APPROVER))

    def _sign_in(self, email, password):
        answer = self.client.send("POST", "/api/v1/auth/login", body={"email": email, "password": password})
        return json.loads(answer.data)["access_token"]

    def upload(self, file):
        """A JPEG into the library; answers its record."""
        boundary = uuid.uuid4().hex
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{file.name}"\r\n'
        body = (
            f"{head}Content-Type: image/jpeg\r\n\r\n".encode() + file.read_bytes() + f"\r\n--{boundary}--\r\n".encode()
        )
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        answer = self.client.send("POST", "/api/v1/manage/media", body=body, headers=headers, token=self.author)
        return json.loads(answer.data)["data"]

    def publish_with(self, media, category):
        """An article with this picture at its head, through the workflow to the public. Answers it as delivered."""
        article = {
            "title": "Ảnh hoạt động trong tuần",
            "summary": "Chùm ảnh các hoạt động trên địa bàn tỉnh.",
            "body": "<p>Chùm ảnh các hoạt động trên địa bàn tỉnh trong tuần.</p>",
            "category": category,
            "article_type": "photo_story",
            "image": {"media_id": media["id"], "alt": "Quang cảnh hoạt động"},
        }
        answer = self.client.send("POST", "/api/v1/manage/articles", body=article, token=self.author)
        path = f"/api/v1/manage/articles/{json.loads(answer.data)['data']['id']}"
        for transition, token in (("submit", self.author), ("approve", self.approver), ("publish", self.approver)):
            how = {"headers": {"If-Match": answer.headers["ETag"]}, "token": token}
            answer = self.client.send("POST", f"{path}/transitions/{transition}", body={}, **how)
        slug = json.loads(answer.data)["data"]["slug"]
        return self.client.json(f"/api/v1/articles/{slug}")["data"]
