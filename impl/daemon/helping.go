package daemon

import "ikewit/impl/ike"

// nextJob gives the channel and the work for a helper; a nil channel, on which nothing is ever sent, when
// there is none.
func (d *Daemon) nextJob() (chan<- ike.Work, ike.Work) {
	if len(d.pending) == 0 {
		return nil, ike.Work{}
	}
	return d.jobs, d.pending[0]
}

// help does slow arithmetic until the loop ends.
func (d *Daemon) help() {
	for w := range d.jobs {
		select {
		case d.results <- ike.WorkDone{ID: w.ID, Err: w.Do()}:
		case <-d.ended:
			return
		}
	}
}

// receive brings datagrams to the loop until the sockets are closed.
func (d *Daemon) receive() {
	for {
		in, err := d.cfg.Sockets.Receive()
		if err != nil {
			d.deaf <- err
			return
		}
		select {
		case d.arrived <- in:
		case <-d.ended:
			return
		}
	}
}
