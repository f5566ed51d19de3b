import { AccountBatchSendingSummary } from "@account/components/account_batch_sending_summary/account_batch_sending_summary";
import { patch } from "@web/core/utils/patch";

// Odoo reads once what is counted; "All via MobilePay" changes it.
patch(AccountBatchSendingSummary.prototype, {
    setup() {
        super.setup();
        Object.defineProperty(this, "data", {
            get: () => this.props.record.data[this.props.name],
        });
    },
});
