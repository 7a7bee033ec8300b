package world

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"
)

// talkPort is where a host listens for those who talk to it over TCP.
const talkPort = 7777

// Talk says something over TCP and wants the answer: other than a ping, TCP has a checksum over the addresses, which are
// others behind a NAT.
func (w *World) Talk(ctx context.Context, from, to string) error {
	n, err := w.namespaces()
	if err != nil {
		return err
	}
	ctx, cancel := within(ctx, answerTime, fmt.Sprintf("%s answers %s over TCP", to, from))
	defer cancel()
	var listener net.Listener
	err = n.Host(to).Do(func() (err error) {
		listener, err = net.Listen("tcp", netip.AddrPortFrom(w.OwnAddr(to), talkPort).String())
		return err
	})
	if err != nil {
		return fmt.Errorf("%s listens to TCP: %w", to, err)
	}
	done := make(chan struct{})
	go func() { defer close(done); echoUpper(listener) }()
	said, err := w.say(ctx, from, netip.AddrPortFrom(w.wireAddr(to), talkPort))
	listener.Close()
	<-done
	if want := string(bytes.ToUpper(w.marker())); err == nil && said != want {
		err = &Mismatch{Code: "delivered", What: fmt.Sprintf("answer of %s to %s over TCP", to, from), Expected: want, Actual: said}
	}
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return err
}

// say dials, says the marker, and gives what comes back.
func (w *World) say(ctx context.Context, from string, to netip.AddrPort) (string, error) {
	n, err := w.namespaces()
	if err != nil {
		return "", err
	}
	var c net.Conn
	err = n.Host(from).Do(func() (err error) {
		c, err = (&net.Dialer{}).DialContext(ctx, "tcp", to.String())
		return err
	})
	if err != nil {
		return "", fmt.Errorf("%s talks to %v: %w", from, to, err)
	}
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { c.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	_, err = c.Write(w.marker())
	answer := make([]byte, len(w.marker()))
	_, again := io.ReadFull(c, answer)
	return string(answer), errors.Join(err, again)
}

// echoUpper answers the first who comes, in capitals.
func echoUpper(l net.Listener) {
	c, err := l.Accept()
	if err != nil {
		return
	}
	defer c.Close()
	b := make([]byte, 256)
	n, _ := c.Read(b)
	c.Write(bytes.ToUpper(b[:n]))
}
