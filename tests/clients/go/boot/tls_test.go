package boot

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/peer"
	"metalmesh.test/clients/guard"
)

// The gRPC port accepts only clients with a certificate of the plant's CA, over TLS 1.2 or 1.3.

var noPassword = answer{"feature_disabled": true}

func TestAMachinesCertificateIsLetInOverTLS12And13(t *testing.T) {
	t.Parallel()
	node := guard.Serve(t)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		config := node.TLS(false)
		config.MinVersion, config.MaxVersion = version, version
		var server peer.Peer
		told, err := call(
			context.Background(), dial(t, node.GRPC, config), superUserPassword, `{}`, grpc.Peer(&server))
		guard.OK(t, err, "a call over %s", tls.VersionName(version))
		guard.Equal(t, noPassword, told, "answer over %s", tls.VersionName(version))
		session := server.AuthInfo.(credentials.TLSInfo).State
		guard.Equal(t, tls.VersionName(version), tls.VersionName(session.Version), "version")
		guard.Equal(t, "h2", session.NegotiatedProtocol, "ALPN")
		guard.Equal(t, "server", session.PeerCertificates[0].Subject.CommonName, "who answers")
	}
}

func TestNobodyElseIsLetInAndTheNodeGoesOn(t *testing.T) {
	t.Parallel()
	node := guard.Serve(t)
	good := dial(t, node.GRPC, node.TLS(false))
	works := func(when string) {
		t.Helper()
		for _, conn := range []*grpc.ClientConn{good, dial(t, node.GRPC, node.TLS(false))} {
			told, err := call(context.Background(), conn, superUserPassword, `{}`)
			guard.OK(t, err, "a good call %s", when)
			guard.Equal(t, noPassword, told, "its answer %s", when)
		}
	}
	works("before")
	stranger := node.TLS(true)
	// A client sends no certificate of its own accord that the server's CA did not issue.
	certificate := selfSigned(t)
	stranger.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		return &certificate, nil
	}
	old := node.TLS(false)
	old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	for _, refused := range []struct {
		who    string
		config *tls.Config
		alerts map[uint16]string
	}{
		{"without a certificate", node.TLS(true), map[uint16]string{
			tls.VersionTLS12: "remote error: tls: certificate required",
			tls.VersionTLS13: "remote error: tls: certificate required",
		}},
		{"with a certificate of another CA", stranger, map[uint16]string{
			tls.VersionTLS12: "remote error: tls: unknown certificate authority",
			tls.VersionTLS13: "remote error: tls: unknown certificate authority",
		}},
		{"with an old version of TLS", old, map[uint16]string{
			// Which alert it is, is a matter of taste.
			tls.VersionTLS11: "remote error: tls: ",
		}},
	} {
		for version, alert := range refused.alerts {
			config := refused.config.Clone()
			config.MinVersion, config.MaxVersion = version, version
			who := fmt.Sprintf("%s, %s", refused.who, tls.VersionName(version))
			told := alertTo(node, config)
			guard.True(t, strings.HasPrefix(told, alert), "alert %s: want %q, got %q", who, alert, told)
			_, err := call(context.Background(), dial(t, node.GRPC, config), superUserPassword, `{}`)
			failed(t, err, codes.Unavailable, "")
			works("after somebody " + who)
		}
	}
	_, err := call(context.Background(), dial(t, node.GRPC, nil), superUserPassword, `{}`)
	failed(t, err, codes.Unavailable, "")
	works("after somebody in plaintext")
	guard.Equal(t, connectionReady, good.GetState().String(), "the connection that was there all the time")
}

func TestAMachineLetsInNoServerOfAnotherCA(t *testing.T) {
	t.Parallel()
	node := guard.Serve(t)
	config := node.TLS(false)
	config.RootCAs = x509.NewCertPool()
	_, err := call(context.Background(), dial(t, node.GRPC, config), superUserPassword, `{}`)
	// Installers reboot when they read this.
	failed(t, err, codes.Unavailable, "failed to verify certificate")
}

// alertTo is what a client reads after its handshake: with TLS 1.3 it learns only then that it is not let in.
func alertTo(node *guard.Node, config *tls.Config) string {
	conn, err := tls.Dial("tcp", node.GRPC, config)
	if err == nil {
		defer conn.Close()
		_ = conn.SetReadDeadline(time.Now().Add(guard.Patience))
		_, err = io.ReadAll(conn)
	}
	return fmt.Sprint(err)
}

// selfSigned is a certificate that says the same as the machine's, but is of no CA that the plant knows.
func selfSigned(t testing.TB) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	guard.OK(t, err, "a key")
	claim := &x509.Certificate{
		SerialNumber: big.NewInt(3), Subject: pkix.Name{CommonName: "machine"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().AddDate(1, 0, 0),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, claim, claim, &key.PublicKey, key)
	guard.OK(t, err, "a certificate")
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
