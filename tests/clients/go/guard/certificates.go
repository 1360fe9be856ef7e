package guard

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"time"
)

// A CA, and certificates of the server and of a machine, below `certs/`. They are valid for years, whatever the node's clock
// says.
func (n *Node) writeCertificates() {
	n.t.Helper()
	now := time.Now()
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	OK(n.t, err, "the CA's key")
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test CA"},
		NotBefore: now.AddDate(-10, 0, 0), NotAfter: now.AddDate(10, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	n.sign("ca", ca, ca, caKey, caKey)
	for serial, name := range []string{"server", "machine"} {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		OK(n.t, err, "key of the %s", name)
		leaf := &x509.Certificate{
			SerialNumber: big.NewInt(int64(serial) + 2), Subject: pkix.Name{CommonName: name},
			NotBefore: ca.NotBefore, NotAfter: ca.NotAfter, DNSNames: []string{"localhost"},
			KeyUsage:    x509.KeyUsageDigitalSignature,
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		}
		n.sign(name, leaf, ca, key, caKey)
	}
}

func (n *Node) sign(name string, certificate, issuer *x509.Certificate, key, issuerKey *ecdsa.PrivateKey) {
	n.t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, certificate, issuer, &key.PublicKey, issuerKey)
	OK(n.t, err, "certificate of the %s", name)
	n.write("certs/"+name+".pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	OK(n.t, err, "key of the %s", name)
	n.write("certs/"+name+"-key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})))
}

// TLS is what a machine's client needs to be let in: the CA to trust, and a certificate, unless `anonymous`.
func (n *Node) TLS(anonymous bool) *tls.Config {
	n.t.Helper()
	ca, err := os.ReadFile(n.Path("certs/ca.pem"))
	OK(n.t, err, "the CA")
	config := &tls.Config{RootCAs: x509.NewCertPool(), ServerName: "localhost", MinVersion: tls.VersionTLS12}
	True(n.t, config.RootCAs.AppendCertsFromPEM(ca), "the CA is one")
	if !anonymous {
		own, err := tls.LoadX509KeyPair(n.Path("certs/machine.pem"), n.Path("certs/machine-key.pem"))
		OK(n.t, err, "the machine's certificate")
		config.Certificates = []tls.Certificate{own}
	}
	return config
}
