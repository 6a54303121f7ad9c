#include "term/prompt.hpp"

#include "base/context.hpp"

#include <poll.h>
#include <string>
#include <unistd.h>

namespace ds::cli {

bool ask_yes_no(StatusLine& line, std::stop_token stop, std::string_view question) {
    line.print(std::string(question) + " [y/N] ");
    std::string answer;
    while (true) {
        if (stop.stop_requested()) {
            line.print("\n"); // behind the terminal's own "^C"
            throw Interrupted();
        }
        pollfd fd{STDIN_FILENO, POLLIN, 0};
        if (poll(&fd, 1, 100) <= 0) { // signals go to another thread: look for a stop now and then
            continue;
        }
        char c = 0;
        if (read(STDIN_FILENO, &c, 1) != 1) {
            line.print("\n");
            break;
        }
        if (c == '\n') {
            break;
        }
        answer += c;
    }
    return answer == "y" || answer == "Y" || answer == "yes" || answer == "Yes";
}

} // namespace ds::cli
