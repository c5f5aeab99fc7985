# syntax=docker/dockerfile:1

FROM rust:1-bookworm AS build
WORKDIR /src
COPY . .
# libpq and OpenSSL are compiled by cargo; the compiler, make and perl for them are in this image.
# The target directory is a cache that does not outlive the step, so the binary is copied out of it.
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/src/target,sharing=locked \
    cargo build --release --locked --bin tintuc \
    && install -D --strip target/release/tintuc /out/tintuc

# The Debian release of the build stage: the binary needs its glibc or a later one.
FROM debian:bookworm-slim

LABEL org.opencontainers.image.title="Tintuc" \
      org.opencontainers.image.description="A headless news API: articles, approval workflow, versions and publication over PostgreSQL" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"

# Certificates are for outgoing HTTPS. Their newest version is the right one, whatever it is.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/*

# The numbers are fixed, so that the owner of a volume stays the same from one image to the next.
RUN groupadd --system --gid 10001 tintuc \
    && useradd --system --uid 10001 --gid 10001 --home-dir /var/lib/tintuc --shell /usr/sbin/nologin tintuc \
    && install --directory --owner=10001 --group=10001 --mode=0700 /var/lib/tintuc

COPY --from=build /out/tintuc /usr/local/bin/tintuc
COPY --chmod=755 docker/healthcheck /usr/local/bin/healthcheck

ENV TINTUC_LISTEN=0.0.0.0:8080 \
    TINTUC_DATA_DIR=/var/lib/tintuc

# Signing keys. Without DATABASE_URL also the embedded PostgreSQL: its programs are not in this image, so that the first
# start downloads them. Give a DATABASE_URL where the network or the root file system does not allow that.
VOLUME /var/lib/tintuc

# By number: Kubernetes' runAsNonRoot cannot tell that a name is not root.
USER 10001:10001
WORKDIR /var/lib/tintuc
EXPOSE 8080
STOPSIGNAL SIGTERM

# Readiness, for that is what whoever waits for this container wants to know. Where an unhealthy container is restarted
# (Swarm), check /health/live instead: a restart does not mend a database.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["/usr/local/bin/healthcheck"]

ENTRYPOINT ["/usr/local/bin/tintuc"]
CMD ["serve"]
