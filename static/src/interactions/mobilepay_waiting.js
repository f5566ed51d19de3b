import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";

const PAUSE = 3000;
const TRIES = 100;

/** Reloads the invoice's page when MobilePay has confirmed what the payer did. */
export class MobilepayWaiting extends Interaction {
    static selector = ".o_mobilepay_waiting";

    start() {
        this.tries = 0;
        this.ask();
    }

    async ask() {
        const answer = await this.waitFor(this.fetchState());
        if (answer && answer !== this.el.dataset.state) {
            window.location.reload();
        } else if (++this.tries < TRIES) {
            this.waitForTimeout(() => this.ask(), PAUSE);
        }
    }

    async fetchState() {
        try {
            const response = await fetch(this.el.dataset.url);
            return (await response.json()).state;
        } catch {
            // no network for a moment: the next try asks again
            return "";
        }
    }
}

registry.category("public.interactions").add("account_mobilepay.waiting", MobilepayWaiting);
