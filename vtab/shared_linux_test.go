package vtab

import (
	"net"
	"sync"
	"testing"
)

// churn opens and closes connections until stop is called.
func churn(t *testing.T) (stop func()) {
	l, _ := listen(t)
	end := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
		}
	})
	for range 2 {
		wg.Go(func() {
			for {
				select {
				case <-end:
					return
				default:
				}
				if c, err := net.Dial("tcp4", l.Addr().String()); err == nil {
					c.(*net.TCPConn).SetLinger(0) // leaves no TIME_WAIT, of which there may be but so many
					c.Close()
				}
			}
		})
	}
	return func() {
		close(end)
		l.Close()
		wg.Wait()
	}
}

// Whatever is opened and closed meanwhile, two tables of a statement show the same sockets,
// as one that it names twice does; within a transaction those of two statements do.
func TestJoinUnderChurn(t *testing.T) {
	defer churn(t)()
	db := openDB(t)
	const (
		lost = `SELECT (SELECT count(*) FROM sockets s LEFT JOIN tcp t USING (cookie) WHERE s.proto = 'tcp' AND s.cookie IS NOT NULL AND t.cookie IS NULL),
			(SELECT count(*) FROM tcp t LEFT JOIN sockets s USING (cookie) WHERE s.cookie IS NULL),
			(SELECT count(*) FROM (SELECT cookie FROM tcp EXCEPT SELECT cookie FROM sockets))`
		differ = "SELECT count(DISTINCT s.state || t.state) - count(DISTINCT s.state) FROM sockets s JOIN tcp t USING (cookie)"
	)
	for range 30 {
		equal(t, query(t, db, lost), "0 0 0")
		equal(t, query(t, db, differ), "0")
	}
	for range 8 {
		query(t, db, "BEGIN")
		first := query(t, db, "SELECT cookie, state FROM tcp ORDER BY 1")
		equal(t, query(t, db, "SELECT DISTINCT cookie, state FROM sockets WHERE proto = 'tcp' AND cookie IS NOT NULL ORDER BY 1"), first...)
		query(t, db, "COMMIT")
	}
}
