import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Component, onWillUnmount, xml } from "@odoo/owl";

const NEWS = "mobilepay_invoices";

/** Shows on an open form what MobilePay has just told of its invoice. */
export class MobilepayLive extends Component {
    static template = xml`<span class="d-none"/>`;
    static props = { ...standardWidgetProps };

    setup() {
        const bus = useService("bus_service");
        const hear = ({ move_ids }) => move_ids.includes(this.moveId) && this.refresh();
        bus.subscribe(NEWS, hear);
        bus.start();
        onWillUnmount(() => bus.unsubscribe(NEWS, hear));
    }

    get moveId() {
        const record = this.props.record;
        return record.resModel === "account.move" ? record.resId : record.data.move_id?.id;
    }

    async refresh() {
        const record = this.props.record;
        // what somebody is typing is worth more than what is new
        if (!(await record.isDirty())) {
            await record.load();
            const { resModel: model, resId: id } = record;
            this.env.bus.trigger("MAIL:RELOAD-THREAD", { model, id });
        }
    }
}

registry.category("view_widgets").add("mobilepay_live", { component: MobilepayLive });
