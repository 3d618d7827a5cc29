# Where the signers meet: the embedded server, one of kind `serve`, a port that is taken, a server that dies and comes back.
import socket

from coterie import NO_STUN, CoterieTest, interrupt, port_of, terminate


class ServeTest(CoterieTest):
    def serve(self, port=0):
        running = self.start_program("--json", "signaling", "serve", "--listen", "127.0.0.1", "--port", str(port))
        return running, running.wait_for(lambda event: "port" in event)["port"]


class Serve(ServeTest):
    def test_ends_0_on_term_and_on_ctrl_c_and_frees_the_port(self):
        for signal in (terminate, interrupt):
            server, port = self.serve()
            self.assertNotEqual(port, 0)
            signal(server)
            self.succeeds(server.wait())
            self.assert_port_is_free(port)

    def test_serves_a_creation_that_names_it(self):
        homes = self.team("alice", "bob")
        alice, bob = homes
        server, port = self.serve()
        creator = alice.create("treasury", "2", "alice", "bob", "--signaling", f"ws://127.0.0.1:{port}", room=[])
        self.assertEqual(port_of(creator.invite), port)
        self.succeeds(bob.join(creator.invite).wait())
        self.succeeds(creator.wait())
        self.assert_all_hold_the_same("treasury", homes)
        terminate(server)
        self.succeeds(server.wait())

    def test_on_the_wanted_port_is_used_and_named(self):
        homes = self.team("alice", "bob")
        alice, bob = homes
        _, port = self.serve()
        creator = alice.create("treasury", "2", "alice", "bob", room=["--port", str(port), "--advertise", "127.0.0.1"])
        self.assertEqual(port_of(creator.invite), port)
        self.assertIn(str(port), creator.wait_for_text(r"[^\n]*server[^\n]*").group(0))
        self.succeeds(bob.join(creator.invite).wait())
        self.succeeds(creator.wait())
        self.assert_all_hold_the_same("treasury", homes)

    def test_keeps_two_creations_apart(self):
        homes = self.team("alice", "bob")
        alice, bob = homes
        _, port = self.serve()
        where = ["--signaling", f"ws://127.0.0.1:{port}"]
        creators = [alice.create(name, "2", "alice", "bob", *where, room=[]) for name in ("first", "second")]
        recipients = [bob.join(creator.invite) for creator in creators]
        for process in [*creators, *recipients]:
            self.succeeds(process.wait())
        first = self.assert_all_hold_the_same("first", homes)
        second = self.assert_all_hold_the_same("second", homes)
        self.assertNotEqual(first["account"]["address"], second["account"]["address"])

    def test_killed_and_restarted_in_the_middle_the_creation_completes(self):
        homes = self.team("alice", "bob", "carol")
        alice, bob, carol = homes
        server, port = self.serve()
        creator = alice.create("treasury", "2", "alice", "bob", "carol", "--signaling", f"ws://127.0.0.1:{port}", room=[])
        invite = creator.invite
        recipients = [bob.join(invite)]
        creator.wait_for(event="peer", signer="bob", state="connecting")
        for _ in range(3):
            server.kill()
            server, _ = self.serve(port)
        recipients.append(carol.join(invite))
        for process in [creator, *recipients]:
            self.succeeds(process.wait())
        self.assert_all_hold_the_same("treasury", homes)

    def test_on_a_port_that_is_taken_exits_1_naming_it(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            result = self.run_program("signaling", "serve", "--listen", "127.0.0.1", "--port", port)
            self.fails_silently_on_stdout(result, 1, str(port), "--port")

    def test_answers_a_stranger_of_http_without_falling_over(self):
        server, port = self.serve()
        for request in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\0" * 100, b"GET /" + b"a" * 100000):
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.settimeout(60)
                try:
                    connection.sendall(request)
                    connection.shutdown(socket.SHUT_WR)
                    while connection.recv(4096):
                        pass
                except OSError:
                    pass
        terminate(server)
        self.succeeds(server.wait())


class Ports(ServeTest):
    def test_that_are_taken_by_others_end_the_creation_before_it_starts(self):
        alice, _ = self.team("alice", "bob")
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            room = ["--port", str(port), "--listen", "127.0.0.1", "--advertise", "127.0.0.1"]
            result = alice.create("treasury", "2", "alice", "bob", room=room).wait()
            self.fails(result, 1, str(port), "--port")
        self.assertEqual(alice.multisigs(), [])

    def test_of_a_pending_creation_are_kept_or_it_does_not_run(self):
        alice, bob = self.team("alice", "bob")
        creator = alice.create("treasury", "2", "alice", "bob")
        invite = creator.invite
        creator.kill()
        with socket.create_server(("127.0.0.1", port_of(invite))):
            result = alice.resume("treasury").wait()
            self.fails(result, 1, str(port_of(invite)))
        self.assertEqual(alice.show("treasury")["status"], "pending")
        creator = alice.resume("treasury")
        self.assertEqual(creator.invite, invite)
        self.succeeds(bob.join(invite).wait())
        self.succeeds(creator.wait())

    def test_listen_address_that_is_not_here_is_named(self):
        alice, _ = self.team("alice", "bob")
        result = alice.run("--json", "multisig", "create", "treasury", "2", "alice", "bob", "--listen", "192.0.2.1",
                           "--port", "0", *NO_STUN)
        self.fails(result, result.code, "192.0.2.1")
        self.assertIn(result.code, (1, 2))
        self.assertEqual(alice.multisigs(), [])

    def test_of_ipv6_work_as_well(self):
        try:
            socket.create_server(("::1", 0), family=socket.AF_INET6).close()
        except OSError:
            self.skipTest("no IPv6 loopback here")
        homes = self.team("alice", "bob")
        alice, bob = homes
        creator = alice.create("treasury", "2", "alice", "bob", room=["--port", "0", "--listen", "::1", "--advertise", "[::1]"])
        self.assertIn("coterie://[::1]:", creator.invite)
        self.succeeds(bob.join(creator.invite).wait())
        self.succeeds(creator.wait())
        self.assert_all_hold_the_same("treasury", homes)

    def test_advertised_with_a_port_of_its_own_stand_in_the_invite(self):
        alice, _ = self.team("alice", "bob")
        room = ["--port", "0", "--listen", "127.0.0.1", "--advertise", "meeting.example:4433"]
        creator = alice.create("treasury", "2", "alice", "bob", "--join-timeout", "1s", room=room)
        self.assertTrue(creator.invite.startswith("coterie://meeting.example:4433/"), creator.invite)
        self.assertEqual(creator.wait().code, 6)
