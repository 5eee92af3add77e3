# The image of postflight, for whoever has an engine; scripts/image makes the same without one, and
# takes what it says of user, paths and labels from the last stage here: one instruction a line.
# docs/image.md tells what is in it.
FROM debian:13 AS build
WORKDIR /source
COPY scripts/setup scripts/setup
RUN scripts/setup --build
COPY . .
RUN cmake --preset release -DPOSTFLIGHT_TESTS=OFF && cmake --build --preset release --target postflight
RUN scripts/image-root build/release/postflight /image

FROM scratch
COPY --from=build /image/ /
ENV PATH=/usr/bin
LABEL org.opencontainers.image.title="postflight"
LABEL org.opencontainers.image.description="Cluster health validator and upgrade checklist runner"
LABEL org.opencontainers.image.version="0.1.0"
WORKDIR /usr/share/postflight
USER 65532:65532
ENTRYPOINT ["/usr/bin/postflight"]
