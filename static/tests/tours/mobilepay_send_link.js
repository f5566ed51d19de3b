import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("mobilepay_send_link", {
    steps: () => [
        {
            content: "Press Send via MobilePay on the posted invoice",
            trigger: "button[name='action_mobilepay_send']",
            run: "click",
        },
        {
            content: "MobilePay is chosen in Odoo's own wizard, with the payer's number",
            trigger:
                ".modal:has(input#mobilepay:checked) .o_field_widget[name='mobilepay_phone']",
        },
        {
            content: "Choose the payment link",
            trigger:
                ".modal .o_field_widget[name='mobilepay_kind'] input[data-value='link']",
            run: "click",
        },
        {
            content: "Send",
            trigger: ".modal footer button[name='action_send_and_print']",
            run: "click",
        },
        {
            content: "The invoice shows the status",
            trigger:
                "body:not(:has(.modal)) .o_field_widget[name='mobilepay_state']:contains('Waiting')",
        },
        {
            content: "The link can be copied",
            trigger: ".o_field_widget[name='mobilepay_link_url']:contains('/pay/')",
        },
        {
            content: "It cannot be sent twice; open the request",
            trigger:
                ".o_form_view:not(:has(button[name='action_mobilepay_send'])) button[name='action_mobilepay_open']",
            run: "click",
        },
        {
            content: "The request has the same status",
            trigger:
                ".o_statusbar_status button[data-value='created'].o_arrow_button_current",
        },
    ],
});
