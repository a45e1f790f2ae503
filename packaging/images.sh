#!/usr/bin/env bash
# Builds and pushes the images of a release. Each architecture is pushed without a tag, with its SBOM and provenance, from a
# machine of that kind; then both get one name. Needs docker with buildx, logged in to the registry.
#
#   packaging/images.sh push PREFIX ARCH FOLDER        writes the digests to files in FOLDER
#   packaging/images.sh index PREFIX VERSION FOLDER    prints NAME@DIGEST of each image, to sign
#
# PREFIX is what comes before `swarmbell-collector`, for example registry.example.com/team/. The variable SOURCE is the
# address of the sources for the label, if it is set.
set -euo pipefail
usage() { sed -n '2,9s/^# \?//p' "$0"; exit 2; }
[[ $# = 4 ]] || usage
command=$1 prefix=$2 folder=$4
mkdir -p "$folder"
folder=$(realpath "$folder")
cd "$(dirname "$0")/.."
programs=(collector notifier)

digest_of() { # the JSON of buildx on standard input
  # Provenance has digests of its own, of another form.
  sed -nE '/"(containerimage\.)?digest": *"sha256:[0-9a-f]{64}"/{s/.*"(containerimage\.)?digest": *"(sha256:[0-9a-f]{64})".*/\2/p;q}'
}

push() {
  local arch=$1 program name metadata
  for program in "${programs[@]}"; do
    name=${prefix}swarmbell-$program metadata=$folder/metadata.json
    docker buildx build --file "Dockerfile.$program" --platform "linux/$arch" --sbom=true --provenance=mode=max \
      --build-arg "REVISION=$(git rev-parse HEAD)" --build-arg "CREATED=$(git log -1 --format=%cI)" \
      ${SOURCE:+--label "org.opencontainers.image.source=$SOURCE"} --metadata-file "$metadata" \
      --output "type=image,name=$name,push-by-digest=true,name-canonical=true,push=true" . >&2
    digest_of <"$metadata" >"$folder/$program.$arch"
    [[ -s $folder/$program.$arch ]] || { echo "buildx reported no digest of $name: $(<"$metadata")" >&2; exit 1; }
    rm "$metadata"
  done
}

index() {
  local version=$1 program name digest tags
  # 1.4.2 is also 1.4, the newest of its minor version. There is no `latest`: a stack names what it runs.
  tags=("$version" "${version%.*}")
  for program in "${programs[@]}"; do
    name=${prefix}swarmbell-$program
    docker buildx imagetools create $(printf -- "--tag $name:%s " "${tags[@]}") $(sed "s#^#$name@#" "$folder/$program".*) >&2
    digest=$(docker buildx imagetools inspect "$name:$version" --format '{{json .Manifest}}' | tr ',' '\n' | digest_of)
    [[ -n $digest ]] || { echo "$name:$version has no digest" >&2; exit 1; }
    echo "$name@$digest"
  done
}

case $command in
  push | index) "$command" "$3" ;;
  *) usage ;;
esac
