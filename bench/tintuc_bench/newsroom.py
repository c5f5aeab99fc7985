"""Writes and publishes over the management API, as two people would."""

import json
import secrets
import uuid


class Newsroom:
    """Two people who sign in, new ones each time."""

    def __init__(self, service):
        self.client = service.client()
        self.author, self.approver = (self.hire(service, role) for role in ("author", "approver"))

    def hire(self, service, role):
        """Somebody in this role; answers their token."""
        email, password = f"{role}-{uuid.uuid4().hex}@tintuc.example", secrets.token_urlsafe(18)
        who = ["--email", email, "--name", "Đo hiệu năng", "--role", role]
        service.command("create-user", *who, TINTUC_PASSWORD=password)
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
        answer = self.publish(self._approve(article))
        slug = json.loads(answer.data)["data"]["slug"]
        return self.client.json(f"/api/v1/articles/{slug}")["data"]

    def approved(self, categories, count):
        """So many articles, filed here and there, that wait for nothing but to be published."""
        paragraph = "<p>Văn phòng thông báo để các cơ quan, đơn vị và nhân dân trên địa bàn tỉnh biết, thực hiện.</p>"
        articles = []
        for number in range(count):
            article = {
                "title": f"Tin khẩn số {number + 1}: diễn biến mới của bão",
                "summary": "Các địa phương chủ động ứng phó.",
                "body": paragraph * 30,
                "category": categories[number * 7 % len(categories)],
                "article_type": "announcement",
            }
            articles.append(self._approve(article))
        return articles

    def _approve(self, article):
        """The path of a new article that was written, submitted and approved, and its tag."""
        answer = self.client.send("POST", "/api/v1/manage/articles", body=article, token=self.author)
        path = f"/api/v1/manage/articles/{json.loads(answer.data)['data']['id']}"
        for transition, token in (("submit", self.author), ("approve", self.approver)):
            answer = self._step(path, answer.headers["ETag"], transition, token)
        return path, answer.headers["ETag"]

    def publish(self, article):
        """The last step of an approved one."""
        return self._step(*article, "publish", self.approver)

    def _step(self, path, etag, transition, token):
        how = {"headers": {"If-Match": etag}, "token": token}
        return self.client.send("POST", f"{path}/transitions/{transition}", body={}, **how)
