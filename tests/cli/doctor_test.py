# coterie doctor against real servers, and against what is wrong with a vault, a machine or a network.
import contextlib
import http.server
import json
import os
import shutil
import socket
import stat
import threading
import unittest

from coterie import CoterieTest, Home
from coturn import LoopbackTurnServer
from system_calls import require_strace, traced
from wire import TEXT, WebSocketEnd

NO_STUN = ["--stun", "none"]


class DoctorTest(CoterieTest):
    def examine(self, *options, code=0, home="none", prefix=()):
        """The findings by check: each a list."""
        result = self.run_program("--home", self.root / home, "--json", "doctor", *options, prefix=prefix)
        self.assertEqual(result.code, code, f"\n{result}")
        self.assertEqual(result.json["needed_failed"], code == 1)
        found = {}
        for finding in result.json["findings"]:
            self.assertIn(finding["status"], ("ok", "warning", "failed", "skipped"))
            bad = finding["status"] in ("warning", "failed")
            self.assertEqual(("code" in finding, "hint" in finding), (bad, bad), finding)
            found.setdefault(finding["check"], []).append(finding)
        return found

    def assert_found(self, found, check, status, code=None):
        self.assertEqual([(one["status"], one.get("code")) for one in found[check]], [(status, code)], found)


class Servers(DoctorTest):
    def setUp(self):
        super().setUp()
        self.turn = LoopbackTurnServer(self)

    def stun(self):
        return f"stun:127.0.0.1:{self.turn.port}"

    def test_a_stun_server_that_answers(self):
        found = self.examine("--stun", self.stun())
        self.assert_found(found, "stun", "ok")
        self.assertRegex(found["stun"][0]["text"], r"^IPv4 in \d+ ms, sees 127\.0\.0\.1:\d+$")
        self.assert_found(found, "udp", "ok")
        self.assert_found(found, "nat", "ok")

    def test_one_stun_server_of_two_that_is_silent_is_a_warning(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(("127.0.0.1", 0))
            found = self.examine("--stun", self.stun(), "--stun", f"stun:127.0.0.1:{silent.getsockname()[1]}")
        self.assertEqual([one["status"] for one in found["stun"]], ["ok", "warning"])
        self.assertEqual(found["stun"][1]["code"], "stun-silent")

    def test_a_name_that_does_not_resolve_is_told_apart(self):
        found = self.examine("--stun", "stun:no-such-host.invalid", code=1)
        self.assert_found(found, "stun", "warning", "stun-unresolved")
        self.assert_found(found, "udp", "failed", "udp-blocked")

    def test_turn_over_each_transport_echoes_through_the_relay(self):
        found = self.examine(*NO_STUN, *self.turn.options("udp", "tcp", "tls"), "--tls-ca", self.turn.certificate)
        self.assertEqual([one["status"] for one in found["turn"]], ["ok"] * 3, found["turn"])
        for one in found["turn"]:
            self.assertRegex(one["text"], r"^relay given after \d+ ms, link through it open after \d+ ms, echo after \d+ ms$")
        self.turn.wait_for_lines("CREATE_PERMISSION processed", 6)

    def test_turn_with_another_password(self):
        self.write(self.turn.password_file, "another\n")
        for transport in ("udp", "tcp"):
            found = self.examine(*NO_STUN, *self.turn.options(transport), code=1)
            self.assert_found(found, "turn", "failed", "turn-credentials")

    def test_turn_whose_certificate_nobody_vouches_for(self):
        self.assert_found(self.examine(*NO_STUN, *self.turn.options("tls"), code=1), "turn", "failed", "turn-tls")

    def test_turn_that_may_not_send_to_the_other_side(self):
        strict = LoopbackTurnServer(self, peers="denied-peer-ip=127.0.0.1", name="strict")
        found = self.examine(*NO_STUN, *strict.options("udp"), code=1)
        self.assert_found(found, "turn", "failed", "turn-forbidden")

    def test_turn_that_is_no_turn(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            def greet():
                with contextlib.suppress(OSError):
                    while True:
                        with listener.accept()[0] as connection:
                            connection.sendall(b"SSH-2.0-canary\r\n" * 4)

            threading.Thread(target=greet, daemon=True).start()
            other = ["--turn", f"turn:127.0.0.1:{listener.getsockname()[1]}?transport=tcp", *self.turn.options()]
            found = self.examine(*NO_STUN, *other, code=1)
            listener.shutdown(socket.SHUT_RDWR)
        self.assert_found(found, "turn", "failed", "turn-not-turn")

    def test_turn_where_nothing_is_and_where_another_works(self):
        with socket.create_server(("127.0.0.1", 0)) as once:
            port = once.getsockname()[1]
        nothing = ["--turn", f"turn:127.0.0.1:{port}?transport=tcp"]
        user = self.turn.options()
        self.assert_found(self.examine(*NO_STUN, *nothing, *user, code=1), "turn", "failed", "turn-unreachable")
        found = self.examine(*NO_STUN, *nothing, *self.turn.options("tcp"))
        self.assertEqual([one["status"] for one in found["turn"]], ["warning", "ok"])

    def test_turn_whose_name_does_not_resolve(self):
        found = self.examine(*NO_STUN, "--turn", "turn:no-such-host.invalid", *self.turn.options(), code=1)
        self.assert_found(found, "turn", "failed", "turn-unresolved")

    def test_turn_relays_while_udp_is_silent(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(("127.0.0.1", 0))
            found = self.examine("--stun", f"stun:127.0.0.1:{silent.getsockname()[1]}", *self.turn.options("tcp"))
        self.assert_found(found, "udp", "warning", "udp-blocked")

    def test_password_is_in_no_output(self):
        result = self.run_program("--home", self.root / "none", "-vv", "doctor", *NO_STUN, *self.turn.options("udp"))
        self.succeeds(result)
        self.assertNotIn(self.turn.password, result.stdout + result.stderr)


class Signaling(DoctorTest):
    def serve(self):
        server = self.start_program("--json", "signaling", "serve", "--listen", "127.0.0.1", "--port", "0")
        return json.loads(server.wait_for_text(r"(?m)^\{.*\}$", "stdout").group())["port"]

    def test_a_server_lets_a_probe_room_be_opened_and_left(self):
        port = self.serve()
        for _ in range(2):
            found = self.examine(*NO_STUN, "--signaling", f"ws://127.0.0.1:{port}")
            self.assert_found(found, "signaling", "ok")
            self.assertIn("probe room", found["signaling"][0]["text"])

    def test_nothing_there(self):
        with socket.create_server(("127.0.0.1", 0)) as once:
            port = once.getsockname()[1]
        found = self.examine(*NO_STUN, "--signaling", f"127.0.0.1:{port}", code=1)
        self.assert_found(found, "signaling", "failed", "signaling-unreachable")

    def test_a_name_that_does_not_resolve(self):
        found = self.examine(*NO_STUN, "--signaling", "no-such-host.invalid", code=1)
        self.assert_found(found, "signaling", "failed", "signaling-unresolved")

    def test_a_server_that_is_no_coterie(self):
        with socket.create_server(("127.0.0.1", 0)) as deaf:
            found = self.examine(*NO_STUN, "--signaling", f"127.0.0.1:{deaf.getsockname()[1]}", code=1)
        self.assert_found(found, "signaling", "failed", "signaling-not-coterie")

    def test_a_web_server_is_no_coterie(self):
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as web:
            web.RequestHandlerClass.log_message = lambda *_: None
            threading.Thread(target=web.serve_forever, daemon=True).start()
            found = self.examine(*NO_STUN, "--signaling", f"127.0.0.1:{web.server_port}", code=1)
            web.shutdown()
        self.assert_found(found, "signaling", "failed", "signaling-not-coterie")

    def test_a_coterie_of_another_version(self):
        hello = {"type": "hello", "version": 2, "kind": "serve", "nonce": "A" * 43}
        with socket.create_server(("127.0.0.1", 0)) as listener:
            def serve():
                listener.accept()[0].close()  # the first only asks whether the port is open
                connection, _ = listener.accept()
                with connection, contextlib.suppress(OSError):
                    end = WebSocketEnd(connection, masks=False)
                    end.accept(end.read_head())
                    end.write(TEXT, json.dumps(hello, separators=(",", ":")).encode())
                    end.read()

            server = threading.Thread(target=serve, daemon=True)
            server.start()
            found = self.examine(*NO_STUN, "--signaling", f"127.0.0.1:{listener.getsockname()[1]}", code=1)
            server.join()
        self.assert_found(found, "signaling", "failed", "signaling-version")

    def test_an_invite_of_a_creator_that_runs_here(self):
        alice, _ = self.team("alice", "bob")
        creator = alice.create("treasury", "2", "alice", "bob")
        invite = creator.invite
        found = self.examine(*NO_STUN, "--invite", invite)
        self.assert_found(found, "signaling", "ok")
        self.assertIn("its room only", found["signaling"][0]["text"])
        self.assert_found(found, "listening", "ok")
        self.assert_found(found, "invite", "warning", "invite-local")
        creator.kill()
        found = self.examine(*NO_STUN, "--invite", invite, code=1)
        self.assert_found(found, "listening", "failed", "port-closed")


class Machine(DoctorTest):
    def test_without_a_vault(self):
        found = self.examine(*NO_STUN)
        self.assert_found(found, "vault", "ok")
        self.assertIn("none yet", found["vault"][0]["text"])
        self.assertFalse((self.root / "none").exists())
        for check in ("udp", "stun", "nat", "turn"):
            self.assert_found(found, check, "skipped")

    def test_a_vault_and_its_passphrase(self):
        home, = self.team("alice")
        found = self.examine(*NO_STUN, "--passphrase-file", home.passphrase_file, home=home.directory)
        self.assert_found(found, "vault", "ok")
        self.assert_found(found, "passphrase", "ok")
        wrong = self.write(self.root / "wrong", "not it\n")
        found = self.examine(*NO_STUN, "--passphrase-file", wrong, home=home.directory, code=1)
        self.assert_found(found, "passphrase", "failed", "vault-unusable")
        self.assert_found(self.examine(*NO_STUN, home=home.directory), "passphrase", "skipped")

    def test_a_vault_that_others_may_list_or_read(self):
        home, = self.team("alice")
        home.directory.chmod(0o755)
        self.assert_found(self.examine(*NO_STUN, home=home.directory), "vault", "warning", "vault-exposed")
        (home.directory / "vault.db").chmod(0o644)
        self.assert_found(self.examine(*NO_STUN, home=home.directory, code=1), "vault", "failed", "vault-unusable")

    def test_a_vault_with_which_a_creation_runs_names_the_process(self):
        alice, _ = self.team("alice", "bob")
        creator = alice.create("treasury", "2", "alice", "bob")
        self.assertTrue(creator.invite)
        found = self.examine(*NO_STUN, home=alice.directory)
        self.assertIn(f"(process {creator.pid})", found["vault"][0]["text"])

    def test_no_memory_may_be_locked(self):
        if os.environ.get("COTERIE_SANITIZE"):
            raise unittest.SkipTest("a sanitizer takes mlock for itself and does nothing")
        limit = ["prlimit", "--memlock=0:0"]
        if os.geteuid() == 0:
            limit += ["setpriv", "--bounding-set", "-ipc_lock", "--inh-caps", "-ipc_lock"]
        for program in ("prlimit", "setpriv"):
            if not shutil.which(program):
                raise unittest.SkipTest(f"needs {program} (Debian's util-linux)")
        self.assert_found(self.examine(*NO_STUN, prefix=limit), "memory", "warning", "memory-unlocked")

    def test_core_dumps_cannot_be_turned_off(self):
        require_strace()
        refusing = [*traced("/dev/null", "prctl"), "-e", "inject=prctl:error=EPERM"]
        self.assert_found(self.examine(*NO_STUN, prefix=refusing), "core dumps", "warning", "core-dumps")
        self.assert_found(self.examine(*NO_STUN), "core dumps", "ok")

    def test_addresses_are_shown_only_when_asked_for(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect(("192.0.2.1", 9))
            except OSError:
                raise unittest.SkipTest("needs a network") from None
            own = probe.getsockname()[0]
        self.assertNotIn(own, self.examine(*NO_STUN)["addresses"][0]["text"])
        self.assertIn(own, self.examine("-v", *NO_STUN)["addresses"][0]["text"])


class Output(DoctorTest):
    def test_wrong_options_exit_2(self):
        bundle = self.write(self.root / "there", "old")
        for options, words in ((["--stun", "nonsense"], "stun:HOST"), (["--signaling", "http://host"], "wss://"),
                               (["--invite", "coterie://nonsense"], "invite"), (["--ice-policy", "relay"], "TURN"),
                               (["--bundle", bundle], "already")):
            with self.subTest(options):
                self.fails_silently_on_stdout(self.run_program("doctor", *options), 2, words)
        self.assertEqual(bundle.read_text(), "old")

    def test_table_says_what_to_do_and_the_code(self):
        result = self.run_program("doctor", "--stun", "stun:no-such-host.invalid")
        self.fails(result, 1, "troubleshooting")
        self.assertRegex(result.stdout, r"(?m)^ok +vault +none yet")
        self.assertRegex(result.stdout, r"(?m)^failed +udp .*\[udp-blocked\]\n +→ allow UDP out")

    def test_bundle_has_no_name_address_or_path(self):
        user = "canary-user"
        password = self.write(self.root / "canary-file", "canary-password\n")
        bundle = self.root / "bundle.json"
        home = Home(self, "canary-home")
        self.succeeds(home.run("signer", "create", "canary-signer"))
        self.run_program("--home", home.directory, "--passphrase-file", password, "-v", "doctor", "--bundle", bundle,
                         "--stun", "stun:canary-stun.invalid", "--stun", "stun:127.0.0.99", "--turn", "turn:canary-turn.invalid",
                         "--turn-user", user, "--turn-password-file", password, "--signaling", "ws://canary-signaling.invalid")
        self.assertEqual(stat.S_IMODE(bundle.stat().st_mode), 0o600)
        text = bundle.read_text()
        report = json.loads(text)
        self.assertEqual(sorted(report), ["findings", "needed_failed", "system", "version"])
        self.assertIn("udp-blocked", text)
        for secret in ("canary", "invalid", str(self.root), "127.0.0", socket.gethostname(), "://"):
            self.assertNotIn(secret, text)
        self.assertEqual({key for one in report["findings"] for key in one} - {"check", "status", "code", "hint"}, set())
        self.assertNotRegex(text, r"\d+\.\d+\.\d+\.\d+(?!-)")

    def test_ctrl_c_ends_it_at_once(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(("127.0.0.1", 0))
            running = self.start_program("doctor", "--stun", f"stun:127.0.0.1:{silent.getsockname()[1]}")
            silent.recv(100)  # it asks
            running.send_signal(2)
            self.assertEqual(running.wait().code, 130)


if __name__ == "__main__":
    unittest.main()
