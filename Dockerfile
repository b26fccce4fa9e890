# epollecho in an image that holds nothing else.
#
#   docker build --build-arg SDK_IMAGE=IMAGE -t epollecho .    built in the image, a .NET 10 SDK one
#   docker build --build-arg BINARY=prebuilt -t epollecho .    from ./epollecho, built before
#   docker run --rm -p 7080:7080 --read-only --cap-drop all epollecho

ARG SDK_IMAGE=dotnet/sdk:10.0
ARG BINARY=build

FROM ${SDK_IMAGE} AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev binutils
WORKDIR /source
COPY . .
ARG COMMIT=unknown
RUN EPOLLECHO_COMMIT=${COMMIT} ./build.sh

FROM scratch AS prebuilt
COPY epollecho /source/epollecho

FROM ${BINARY} AS binary

FROM scratch
COPY --from=binary /source/epollecho /epollecho
USER 65532:65532
EXPOSE 7080
# Follows EPOLLECHO_PORT, as the server does; for a --port among its arguments give a check of your own.
HEALTHCHECK --interval=30s --timeout=3s CMD ["/epollecho", "ping", "-q", "-c1", "-W1", "127.0.0.1"]
ENTRYPOINT ["/epollecho"]
