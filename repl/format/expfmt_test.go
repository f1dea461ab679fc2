package format

import (
	"bytes"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// Prometheus's own parser, which node_exporter uses, reads what was printed as it was meant.
func TestExpfmt(t *testing.T) {
	var out bytes.Buffer
	if err := Write(&out, measured(), Settings{Format: "prometheus"}); err != nil {
		t.Fatal(err)
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(&out)
	if err != nil {
		t.Fatal(err)
	}
	sockets := families["sockets"]
	if len(families) != 4 || sockets.GetType().String() != "GAUGE" || len(sockets.Metric) != 2 || sockets.Metric[0].GetGauge().GetValue() != 12 {
		t.Errorf("%v", families)
	}
	command := families["command:sockets"].Metric[0].Label[0].GetValue()
	if command != `a"b\\c\nd\x1b\xe2\x80\xae日本` {
		t.Errorf("%q", command)
	}
}
