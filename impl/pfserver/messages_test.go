package pfserver

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	driver "ikewit/impl/driver/pfkey"
	"ikewit/impl/wire/pfkey"
)

// Messages that are no messages are refused with what of their header is there, and nothing else happens.
func TestMalformedMessages(t *testing.T) {
	add := (&pfkey.Message{Version: pfkey.V2, Type: pfkey.Add, SAType: typeESP, Seq: 9, PID: 8, Extensions: esp(0x1000)}).Append(nil)
	length := func(octets []byte, words uint16) []byte {
		octets = append([]byte(nil), octets...)
		binary.NativeEndian.PutUint16(octets[4:], words)
		return octets
	}
	at := func(octets []byte, where int, words uint16) []byte {
		octets = append([]byte(nil), octets...)
		binary.NativeEndian.PutUint16(octets[where:], words)
		return octets
	}
	version := append([]byte(nil), add...)
	version[0] = 1
	twice := func(e pfkey.Extension) []byte {
		return (&pfkey.Message{Version: pfkey.V2, Type: pfkey.Add, SAType: typeESP, Seq: 9, PID: 8, Extensions: append(esp(0x1000, e), e)}).Append(nil)
	}
	short := func(kind pfkey.ExtensionType) []byte { // an extension of 8 octets where more are needed
		return (&pfkey.Message{Version: pfkey.V2, Type: pfkey.Add, SAType: typeESP, Seq: 9, PID: 8,
			Extensions: append(without(esp(0x1000), kind), &pfkey.Raw{Which: kind, Body: []byte{0xff, 0xff, 0, 0}})}).Append(nil)
	}
	for name, row := range map[string]struct {
		octets []byte
		errno  unix.Errno
		want   pfkey.Diagnostic
	}{
		"IPS-PFK-01 too short":        {length(add, uint16(len(add)/8-1)), unix.EMSGSIZE, 0},
		"IPS-PFK-01 too long":         {length(add, uint16(len(add)/8+1)), unix.EMSGSIZE, 0},
		"IPS-PFK-01 no words":         {length(add, 0), unix.EMSGSIZE, 0},
		"IPS-PFK-03 version 1":        {version, unix.EINVAL, 0},
		"IPS-PFK-03 type 0":           {header(0, typeESP, 2), unix.EINVAL, pfkey.UnknownMessage},
		"IPS-PFK-03 type 77":          {header(77, typeESP, 2), unix.EINVAL, pfkey.UnknownMessage},
		"IPS-PFK-36 X_PCHANGE":        {header(pfkey.PChange, typeESP, 2), unix.EOPNOTSUPP, 0},
		"IPS-PFK-36 X_MIGRATE":        {header(pfkey.Migrate, typeESP, 2), unix.EOPNOTSUPP, 0},
		"EXPIRE is the engine's":      {header(pfkey.Expire, typeESP, 2), unix.EOPNOTSUPP, 0},
		"IPS-PFK-04 SA":               {twice(&pfkey.SA{SPI: 0x1000, State: 1, Auth: 2, Encrypt: 2}), unix.EINVAL, pfkey.DuplicateSA},
		"IPS-PFK-04 source":           {twice(src(alice)), unix.EINVAL, pfkey.DuplicateSrc},
		"IPS-PFK-04 destination":      {twice(dst(bob)), unix.EINVAL, pfkey.DuplicateDst},
		"IPS-PFK-04 auth key":         {twice(authKey(16)), unix.EINVAL, pfkey.DuplicateAuthKey},
		"IPS-PFK-04 encryption key":   {twice(encryptKey(8)), unix.EINVAL, pfkey.DuplicateEncryptKey},
		"IPS-PFK-04 range":            {twice(&pfkey.SPIRange{Min: 1, Max: 2}), unix.EINVAL, pfkey.DuplicateRange},
		"IPS-PFK-06 extension 0 long": {at(add, 16, 0), unix.EINVAL, pfkey.MalformedSA},
		"IPS-PFK-06 extension beyond": {at(add, 16, 500), unix.EINVAL, pfkey.MalformedSA},
		"IPS-PFK-06 header alone":     {header(pfkey.Add, typeESP, 2), unix.EINVAL, pfkey.MissingSA},
		"SA":                          {short(pfkey.ExtSA), unix.EINVAL, pfkey.MalformedSA},
		"auth key":                    {short(pfkey.ExtKeyAuth), unix.EINVAL, pfkey.MalformedAuthKey},
		"encryption key":              {short(pfkey.ExtKeyEncrypt), unix.EINVAL, pfkey.MalformedEncryptKey},
		"range":                       {short(pfkey.ExtSPIRange), unix.EINVAL, pfkey.MalformedRange},
		"lifetime":                    {short(pfkey.ExtLifetimeHard), unix.EINVAL, pfkey.BadExtensionLength},
		"source":                      {short(pfkey.ExtAddressSrc), unix.EINVAL, pfkey.MalformedSrc},
		"destination":                 {short(pfkey.ExtAddressDst), unix.EINVAL, pfkey.MalformedDst},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			c, listener := r.client(), r.client()
			c.send(row.octets)
			m := c.next()
			if m.Type != pfkey.Type(row.octets[1]) || m.Seq != 9 || m.PID != 8 {
				t.Errorf("the answer %v is not to the request", m)
			}
			c.mustRefuse(m, row.errno, row.want)
			c.settle()
			listener.settle()
			if list, _ := r.db.SAs(); len(list) != 0 {
				t.Error("there is an SA")
			}
		})
	}
}

// Every prefix of a good message, and every good message with one octet changed, leaves the server as good as before.
func TestEveryPrefixAndEveryChangedOctet(t *testing.T) {
	r := newRig(t)
	c := r.client()
	good := (&pfkey.Message{Version: pfkey.V2, Type: pfkey.Add, SAType: typeESP, Seq: 9, PID: 8, Extensions: esp(0x1000)}).Append(nil)
	for n := 1; n < len(good); n++ {
		c.send(good[:n])
		if m := c.next(); m.Errno != uint8(unix.EMSGSIZE) {
			t.Fatalf("%d octets: errno %d", n, m.Errno)
		}
	}
	for i := range good {
		for _, flip := range []byte{0x01, 0x80, 0xff} {
			changed := append([]byte(nil), good...)
			changed[i] ^= flip
			if changed[1] == byte(pfkey.Promisc) || changed[1] == byte(pfkey.Dump) || changed[1] == byte(pfkey.SPDDump) {
				continue // which answer otherwise
			}
			c.send(changed)
			c.next()
			c.ok(pfkey.Flush, 0)
		}
	}
}

func TestOversizedMessage(t *testing.T) {
	r := newRig(t)
	c := r.client()
	octets := append(header(pfkey.Add, typeESP, 0xffff), make([]byte, longest)...)
	c.send(octets)
	if m := c.next(); m.Errno != uint8(unix.EMSGSIZE) || m.Type != pfkey.Add || m.Seq != 9 {
		t.Errorf("answer %v", m)
	}
	c.settle()
}

func TestUnprivilegedAreRefused(t *testing.T) { // IPS-PFK-37
	r := newRig(t)
	info, err := os.Stat(r.path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can become somebody else")
	}
	if err := os.Chmod(r.path, 0o777); err != nil {
		t.Fatal(err)
	}
	// Even with the file open to all, the server itself looks who it is.
	c, err := dialAs(t, r.path, 65534)
	if err != nil {
		t.Skip("cannot connect as another: ", err)
	}
	defer c.Close()
	c.Send(header(pfkey.Dump, 0, 2))
	if octets, err := c.Receive(time.Now().Add(patience)); !errors.Is(err, io.EOF) && !errors.Is(err, unix.ECONNRESET) {
		t.Errorf("got % x, %v", octets, err)
	}
}

// dialAs connects with the effective user of a thread that is thrown away.
func dialAs(t *testing.T, path string, uid int) (s *driver.Socket, err error) {
	t.Helper()
	for dir := path; len(dir) > 1; dir = dir[:strings.LastIndex(dir, "/")] {
		os.Chmod(dir, 0o777)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		// The goroutine ends with its thread locked: the thread goes with it.
		lockThread()
		if _, _, e := syscall.RawSyscall(syscall.SYS_SETRESUID, ^uintptr(0), uintptr(uid), ^uintptr(0)); e != 0 {
			err = e
			return
		}
		s, err = driver.Dial(path)
	}()
	<-done
	return s, err
}

func TestOneServerForASocket(t *testing.T) {
	r := newRig(t)
	if l, err := Listen(r.path); err == nil || !strings.Contains(err.Error(), "serves") {
		t.Errorf("a second server: %v", err)
		l.Close()
	}
	file := t.TempDir() + "/file"
	os.WriteFile(file, nil, 0o600)
	if _, err := Listen(file); err == nil {
		t.Error("a file was taken for a socket")
	}
	left := t.TempDir() + "/left"
	dead, err := net.ListenUnix("unixpacket", &net.UnixAddr{Name: left, Net: "unixpacket"})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false)
	dead.Close()
	again, err := Listen(left)
	if err != nil {
		t.Fatalf("the socket of a server that died: %v", err)
	}
	again.Close()
}

// Five clients ask at the same time while a sixth never reads. Each gets its own answers. The sixth is told that it
// missed something when it reads at last.
func TestManyClientsAndOneThatNeverReads(t *testing.T) { // IPS-PFK-39
	r := newRig(t)
	deaf := r.client()
	const clients, each = 5, 100
	long := strings.Repeat("x", 40_000) // so that the deaf one's queue overflows
	var busy [clients]*client
	for i := range busy {
		busy[i] = r.client()
		busy[i].pid = uint32(i + 1)
	}
	var all sync.WaitGroup
	for i, c := range busy {
		all.Go(func() {
			for j := range each {
				list := esp(uint32(0x10000*(i+1)+j), &pfkey.Identity{Which: pfkey.ExtIdentitySrc, Type: 2, Name: long})
				if err := c.exchange(pfkey.Add, list); err != nil {
					t.Errorf("client %d, request %d: %v", i, j, err)
					return
				}
			}
		})
	}
	all.Wait()
	if list, _ := r.db.SAs(); len(list) != clients*each {
		t.Errorf("%d SAs, want %d", len(list), clients*each)
	}
	lost := false
	for n := 0; n < clients*each && !lost; n++ {
		m := deaf.next()
		lost = m.Errno == uint8(unix.ENOBUFS) && m.PID == 0
	}
	if !lost {
		t.Error("the slow reader was not told that it missed something")
	}
}

// exchange sends a request and skips what others did until its answer is there.
func (c *client) exchange(t pfkey.Type, list []pfkey.Extension) error {
	c.seq++
	if err := c.socket.Send((&pfkey.Message{Version: pfkey.V2, Type: t, SAType: typeESP, Seq: c.seq, PID: c.pid, Extensions: list}).Append(nil)); err != nil {
		return err
	}
	for {
		octets, err := c.socket.Receive(time.Now().Add(patience))
		if err != nil {
			return err
		}
		m, err := pfkey.Parse(octets)
		if err != nil {
			return err
		}
		if m.PID == c.pid && m.Seq == c.seq {
			if m.Errno != 0 {
				return fmt.Errorf("errno %d", m.Errno)
			}
			return nil
		}
	}
}

// A client that asks and never reads is not served any further; what it has asked does not pile up.
func TestClientThatAsksAndNeverReads(t *testing.T) {
	r := newRig(t)
	c := r.client()
	c.ok(pfkey.Add, typeESP, esp(0x1000, &pfkey.Identity{Which: pfkey.ExtIdentitySrc, Type: 2, Name: strings.Repeat("x", 60_000)})...)
	deaf := r.client()
	get := (&pfkey.Message{Version: pfkey.V2, Type: pfkey.Get, SAType: typeESP, Seq: 1, PID: 1, Extensions: name(0x1000)}).Append(nil)
	stuck := make(chan struct{})
	go func() {
		defer close(stuck)
		for {
			if deaf.socket.Send(get) != nil {
				return
			}
		}
	}()
	// The sender comes to a stop when the server reads no more; meanwhile others are served.
	for range 200 {
		c.ok(pfkey.Get, typeESP, name(0x1000)...)
	}
	r.server.mu.Lock()
	for _, p := range r.server.ports {
		p.mu.Lock()
		if p.octets > waiting {
			t.Errorf("%d octets wait for a client", p.octets)
		}
		p.mu.Unlock()
	}
	r.server.mu.Unlock()
	deaf.socket.Close()
	<-stuck
	c.settle()
}

func TestTooManyClients(t *testing.T) {
	r := newRig(t)
	r.server.mu.Lock()
	r.server.cfg.Ports = 3
	r.server.mu.Unlock()
	first := r.client()
	r.client()
	r.client()
	s, err := driver.Dial(r.path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.Send(header(pfkey.Flush, 0, 2))
	if _, err := s.Receive(time.Now().Add(patience)); err == nil {
		t.Error("a fourth client is served")
	}
	first.settle()
	first.socket.Close()
	for deadline := time.Now().Add(patience); ; { // its place is free when the server has noticed
		s, err := driver.Dial(r.path)
		if err != nil {
			t.Fatal(err)
		}
		s.Send(header(pfkey.Flush, 0, 2))
		_, err = s.Receive(time.Now().Add(patience))
		s.Close()
		if err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("no place became free")
		}
	}
}
