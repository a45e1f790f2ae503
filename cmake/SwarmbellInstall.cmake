# The files that `cmake --install` installs, and the Debian package that CPack makes of them (`cpack -G DEB`).
include(GNUInstallDirs)
set(SWARMBELL_CONFIG_DIR /etc/swarmbell CACHE PATH "Where the systemd units look for settings")

install(TARGETS swarmbell-collector swarmbell-notifier RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
# systemd looks below /usr/local too; not in lib64 or lib/x86_64-linux-gnu.
install(FILES packaging/swarmbell-collector.service packaging/swarmbell-notifier.service
  DESTINATION lib/systemd/system)
install(FILES packaging/collector.yml packaging/notifier.yml DESTINATION ${SWARMBELL_CONFIG_DIR})
install(DIRECTORY DESTINATION ${SWARMBELL_CONFIG_DIR}/secrets DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
install(FILES compose/notifier.yml DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
# The schemas that the first lines of these files name.
install(FILES docs/schema/collector.json docs/schema/notifier.json DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs/schema)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)
# packaging/build-release.sh writes it: the licenses of the libraries that a static build links in.
install(FILES ${CMAKE_BINARY_DIR}/third-party-licenses DESTINATION ${CMAKE_INSTALL_DOCDIR} OPTIONAL)
# Made by packaging/manual.py.
install(DIRECTORY packaging/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(DIRECTORY packaging/completions/bash/ DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(DIRECTORY packaging/completions/zsh/ DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(DIRECTORY packaging/completions/fish/ DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME swarmbell)
set(CPACK_PACKAGE_CONTACT "Swarmbell maintainers <maintainers@swarmbell.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Rings when a Docker Swarm changes")
set(CPACK_PACKAGE_DESCRIPTION "A collector that streams what changes in a Docker Swarm over gRPC,
and a notifier that posts it to Slack and Microsoft Teams as cards.

Neither service starts by itself: see /etc/swarmbell, then
systemctl enable --now swarmbell-collector swarmbell-notifier.")
set(CPACK_SET_DESTDIR ON) # settings are in /etc, which is outside of the prefix
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "ca-certificates, tzdata")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "docker.io | docker-ce")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${CMAKE_SOURCE_DIR}/packaging/conffiles
  ${CMAKE_SOURCE_DIR}/packaging/postinst ${CMAKE_SOURCE_DIR}/packaging/prerm ${CMAKE_SOURCE_DIR}/packaging/postrm)
include(CPack)
