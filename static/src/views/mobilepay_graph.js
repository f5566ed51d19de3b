import { registry } from "@web/core/registry";
import { GraphRenderer } from "@web/views/graph/graph_renderer";
import { graphView } from "@web/views/graph/graph_view";

// tools/colours.py is the rule: blue on its way, violet agreed on, green paid,
// yellow uncertain or past its time, red refused, grey over
const COLOURS = {
    queued: "#a9d3f9",
    sending: "#4ea7f2",
    created: "#3188e6",
    accepted: "#5752d1",
    paid: "#2e9e5b",
    unconfirmed: "#ffbc2c",
    expired: "#c08a16",
    invalid: "#ce4257",
    rejected: "#982738",
    canceled: "#a4a8b6",
};

/** A graph in which each status has the colour that it has everywhere. */
export class MobilepayGraphRenderer extends GraphRenderer {
    getBarChartData() {
        const data = super.getBarChartData();
        for (const dataset of data.datasets) {
            dataset.backgroundColor = this.colourOf(dataset.label) || dataset.backgroundColor;
        }
        return data;
    }

    getLineChartData() {
        const data = super.getLineChartData();
        for (const dataset of data.datasets) {
            const colour = this.colourOf(dataset.label);
            if (colour) {
                dataset.backgroundColor = `${colour}80`;
                dataset.borderColor = colour;
                dataset.hoverBackgroundColor = colour;
                dataset.pointBackgroundColor = colour;
            }
        }
        return data;
    }

    getPieChartData() {
        const data = super.getPieChartData();
        for (const dataset of data.datasets) {
            const colours = data.labels.map(
                (label, index) => this.colourOf(label) || dataset.backgroundColor[index]
            );
            dataset.backgroundColor = colours;
            dataset.hoverBackgroundColor = colours;
        }
        return data;
    }

    getLegendOptions() {
        const options = super.getLegendOptions();
        if (this.model.metaData.mode === "pie") {
            const { generateLabels } = options.labels;
            options.labels.generateLabels = (chart) =>
                generateLabels(chart).map((item) => ({
                    ...item,
                    fillStyle: this.colourOf(item.fullText) || item.fillStyle,
                }));
        }
        return options;
    }

    /** The colour of a status by its word; undefined where nothing is told by status. */
    colourOf(label) {
        const { fields, groupBy } = this.model.metaData;
        if (!groupBy.some(({ fieldName }) => fieldName === "state")) {
            return undefined;
        }
        const found = fields.state.selection.find(([, word]) => word === label);
        return found && COLOURS[found[0]];
    }
}

registry
    .category("views")
    .add("mobilepay_graph", { ...graphView, Renderer: MobilepayGraphRenderer });
